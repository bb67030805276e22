import Glibc
import Runtime

/// Where bytes come from, one after another; read by one thread at a time.
public protocol ByteSource: AnyObject {
  /// Fills the beginning of a buffer that is not empty, and says how much of it; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int
}

/// What takes bytes, one after another, all of them. They are its caller's again when it returns.
public typealias ByteSink = (UnsafeRawBufferPointer) throws(Failure) -> Void

extension ByteSource {
  /// Hands over all bytes, in pieces.
  public func forEach(_ take: ByteSink) throws(Failure) {
    let buffer = Buffer(1 << 17)
    while true {
      let got = try read(into: buffer.bytes)
      if got == 0 { return }
      try take(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<got]))
    }
  }

  /// Fills a buffer; less only at the end.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var count = 0
    while count < buffer.count {
      let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      if got == 0 { break }
      count += got
    }
    return count
  }
}

/// Reads what a descriptor has: of a file, a pipe, a socket. It stays its owner's.
public final class DescriptorSource: ByteSource {
  private let descriptor: CInt
  private let name: String

  /// - Parameter name: for errors only.
  public init(_ descriptor: CInt, _ name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if got >= 0 { return got }
      if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        throw Failure("read", name, errno: errno)
      }
    }
  }
}

/// A part of memory that is its owner's alone.
final class Buffer {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ size: Int) { bytes = .allocate(byteCount: size, alignment: 64) }

  deinit { bytes.deallocate() }
}

extension Array<UInt8> {
  /// What `withUnsafeBytes` does, for bodies that throw.
  func withBytes<Value>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let outcome: Result<Value, Failure> = withUnsafeBytes { bytes in
      do throws(Failure) {
        return .success(try body(bytes))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}

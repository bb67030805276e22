import CArchive
import Glibc
import Runtime

/// A file without its compression, where that is xz or bzip2: forms that no layer has, and files that people keep
/// archives in. libarchive reads them. Whatever else a file is comes as it is.
public final class RareCompression: ByteSource {
  private static let magics: [[UInt8]] = [[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], [0x42, 0x5A, 0x68]]

  private let source: any ByteSource
  private let name: String
  private let input = Buffer(1 << 17)
  /// What of the input was read to find out what it is, and has not been handed on.
  private var beginning = 0..<0
  private var hasBegun = false
  private var archive: OpaquePointer?
  private var failure: Failure?

  /// - Parameter name: for errors only.
  public init(_ source: any ByteSource, _ name: String) {
    self.source = source
    self.name = name
  }

  deinit { archive_read_free(archive) }

  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if !hasBegun { try begin() }
    if let archive {
      let got = archive_read_data(archive, buffer.baseAddress, buffer.count)
      if got < 0 { throw failed(archive) }
      return got
    }
    if beginning.isEmpty { return try source.read(into: buffer) }
    let part = beginning.prefix(buffer.count)
    buffer.baseAddress!.copyMemory(from: input.bytes.baseAddress! + part.startIndex, byteCount: part.count)
    beginning = part.endIndex..<beginning.endIndex
    return part.count
  }

  private func begin() throws(Failure) {
    hasBegun = true
    let size = Self.magics.map(\.count).max()!
    beginning = 0..<(try source.fill(input.bytes[..<size].rebased))
    let found = input.bytes[..<beginning.endIndex]
    guard Self.magics.contains(where: { found.starts(with: $0) }) else { return }
    guard let archive = archive_read_new() else { throw Failure("decompress", name, errno: ENOMEM) }
    self.archive = archive
    archive_read_support_filter_xz(archive)
    archive_read_support_filter_bzip2(archive)
    archive_read_support_format_raw(archive)
    archive_read_support_format_empty(archive)
    let opened = archive_read_open2(
      archive, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, itself, bytes in
        let itself = Unmanaged<RareCompression>.fromOpaque(itself!).takeUnretainedValue()
        bytes!.pointee = UnsafeRawPointer(itself.input.bytes.baseAddress)
        return itself.next()
      }, nil, nil)
    var entry: OpaquePointer?
    if opened != ARCHIVE_OK || archive_read_next_header(archive, &entry) < ARCHIVE_WARN {
      throw failed(archive)
    }
  }

  /// Fills the input for libarchive.
  ///
  /// - Returns: how many bytes; 0 at the end, and -1 after a failure.
  private func next() -> Int {
    if !beginning.isEmpty {
      defer { beginning = 0..<0 }
      return beginning.count
    }
    do throws(Failure) {
      return try source.read(into: input.bytes)
    } catch {
      failure = error
      return -1
    }
  }

  private func failed(_ archive: OpaquePointer) -> Failure {
    if let failure { return failure }
    let text = archive_error_string(archive).map { String(cString: $0) } ?? "broken stream"
    return Failure("decompress", name, reason: text.prefix(1).lowercased() + text.dropFirst())
  }
}

import CZlib
import CZstd
import Glibc
import OCISpec
import Runtime

/// A stream without its compression, whatever that is: gzip of one or many members, zstd of one or many frames, or
/// none.
final class Decompressor: ByteSource {
  /// In bytes; large, so that reading costs few calls.
  private static let inputSize = 1 << 17

  /// The form that was found; nil before the first bytes were read.
  private(set) var compression: MediaType.Compression?
  /// The bytes that were read so far.
  private(set) var consumed: Int64 = 0

  private let source: any ByteSource
  private let name: String
  private let input = Buffer(Decompressor.inputSize)
  private var start = 0
  private var end = 0
  private var isAtEnd = false
  /// In the middle of a member or a frame: the stream may not end here.
  private var isInside = false
  private var gzip: UnsafeMutablePointer<z_stream>?
  private var zstd: OpaquePointer?

  /// - Parameter name: for errors only.
  init(_ source: any ByteSource, _ name: String) {
    self.source = source
    self.name = name
  }

  deinit {
    if let gzip {
      inflateEnd(gzip)
      gzip.deallocate()
    }
    if let zstd { ZSTD_freeDStream(zstd) }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if compression == nil { compression = try begin() }
    switch compression! {
    case .none: return try readPlain(buffer)
    case .gzip: return try inflate(buffer)
    case .zstd: return try readZstd(buffer)
    }
  }

  private func begin() throws(Failure) -> MediaType.Compression {
    while end < MediaType.Compression.magicSize, try more() {}
    let found = try MediaType.Compression.of(UnsafeRawBufferPointer(input.bytes[..<end].rebased), name)
    switch found {
    case .none: break
    case .gzip:
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      stream.initialize(to: z_stream())
      // 16: with the header and the trailer of gzip.
      if inflateInit2_(stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) != Z_OK {
        stream.deallocate()
        throw Failure("decompress", name, errno: ENOMEM)
      }
      gzip = stream
    case .zstd:
      guard let stream = ZSTD_createDStream() else { throw Failure("decompress", name, errno: ENOMEM) }
      zstd = stream
      // 128 MiB, what the format asks everybody to support at the most; a hostile frame could ask for 2 GiB.
      ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 27)
    }
    return found
  }

  /// Reads more behind what is there; false at the end.
  private func more() throws(Failure) -> Bool {
    if isAtEnd { return false }
    if start == end { (start, end) = (0, 0) }
    let got = try source.read(into: input.bytes[end...].rebased)
    isAtEnd = got == 0
    end += got
    consumed += Int64(got)
    return got > 0
  }

  private func readPlain(_ buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if start < end {
      let size = min(buffer.count, end - start)
      buffer.baseAddress!.copyMemory(from: input.bytes.baseAddress! + start, byteCount: size)
      start += size
      return size
    }
    let got = try source.read(into: buffer)
    consumed += Int64(got)
    return got
  }

  private func isCut() -> Failure { Failure("decompress", name, reason: "it ends too early") }

  private func inflate(_ buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let stream = gzip!
    stream.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(buffer.count)
    while stream.pointee.avail_out == buffer.count {
      if start == end, try !more() {
        if isInside { throw isCut() }
        return 0
      }
      if !isInside {
        // Tapes and file systems fill the last block with zeros.
        if input.bytes[start] == 0 && consumed > Int64(end - start) {
          start += 1
          continue
        }
        inflateReset(stream)
        isInside = true
      }
      stream.pointee.next_in = (input.bytes.baseAddress! + start).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(end - start)
      let result = CZlib.inflate(stream, Z_NO_FLUSH)
      start = end - Int(stream.pointee.avail_in)
      switch result {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isInside = false
      default:
        let text = stream.pointee.msg.map { String(cString: $0) } ?? "error \(result)"
        throw Failure("decompress", name, reason: "broken gzip: \(text)")
      }
    }
    return buffer.count - Int(stream.pointee.avail_out)
  }

  private func readZstd(_ buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    // What it has may be more than had room last time: so it is asked before more is read.
    while true {
      var part = ZSTD_inBuffer(src: input.bytes.baseAddress! + start, size: end - start, pos: 0)
      let result = ZSTD_decompressStream(zstd, &output, &part)
      if ZSTD_isError(result) != 0 {
        throw Failure(
          "decompress", name, reason: "broken zstd: \(String(cString: ZSTD_getErrorName(result)))")
      }
      start += part.pos
      if part.size > 0 || output.pos > 0 { isInside = result != 0 }
      if output.pos > 0 { return output.pos }
      if start == end, try !more() {
        if isInside { throw isCut() }
        return 0
      }
    }
  }
}

extension Slice where Base == UnsafeMutableRawBufferPointer {
  /// The same bytes, counted from 0.
  var rebased: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: self) }
}

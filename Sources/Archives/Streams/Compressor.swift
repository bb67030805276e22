import CZlib
import CZstd
import Glibc
import OCISpec
import Runtime

/// Compresses a stream into a sink: the same bytes give the same bytes each time, with the same version of the library.
final class Compressor {
  private static let outputSize = 1 << 17

  private let sink: ByteSink
  private let output = Buffer(Compressor.outputSize)
  private var gzip: UnsafeMutablePointer<z_stream>?
  private var zstd: OpaquePointer?

  init(_ compression: MediaType.Compression, to sink: @escaping ByteSink) throws(Failure) {
    self.sink = sink
    switch compression {
    case .none: break
    case .gzip:
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      stream.initialize(to: z_stream())
      // 6 is gzip's own level; 16: with its header, which has neither a name nor a time; 8 is the usual memory.
      let failed = deflateInit2_(
        stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)
      )
      if failed != Z_OK {
        stream.deallocate()
        throw Failure("compress", errno: ENOMEM)
      }
      gzip = stream
    case .zstd:
      guard let stream = ZSTD_createCCtx() else { throw Failure("compress", errno: ENOMEM) }
      ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, 3)
      ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
      zstd = stream
    }
  }

  deinit {
    if let gzip {
      deflateEnd(gzip)
      gzip.deallocate()
    }
    if let zstd { ZSTD_freeCCtx(zstd) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    if gzip != nil {
      try deflate(bytes, Z_NO_FLUSH)
    } else if zstd != nil {
      try writeZstd(bytes, ZSTD_e_continue)
    } else {
      try sink(bytes)
    }
  }

  /// Writes what is left; nothing may follow.
  func finish() throws(Failure) {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    if gzip != nil { try deflate(nothing, Z_FINISH) }
    if zstd != nil { try writeZstd(nothing, ZSTD_e_end) }
  }

  private func deflate(_ bytes: UnsafeRawBufferPointer, _ flush: CInt) throws(Failure) {
    let stream = gzip!
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(bytes.count)
    repeat {
      stream.pointee.next_out = output.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.bytes.count)
      let result = CZlib.deflate(stream, flush)
      if result == Z_STREAM_ERROR { throw Failure("compress", reason: "broken stream") }
      let size = output.bytes.count - Int(stream.pointee.avail_out)
      if size > 0 { try sink(UnsafeRawBufferPointer(output.bytes[..<size].rebased)) }
    } while stream.pointee.avail_out == 0
  }

  private func writeZstd(_ bytes: UnsafeRawBufferPointer, _ directive: ZSTD_EndDirective) throws(Failure) {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while true {
      var part = ZSTD_outBuffer(dst: output.bytes.baseAddress, size: output.bytes.count, pos: 0)
      let left = ZSTD_compressStream2(zstd, &part, &input, directive)
      if ZSTD_isError(left) != 0 {
        throw Failure("compress", reason: String(cString: ZSTD_getErrorName(left)))
      }
      if part.pos > 0 { try sink(UnsafeRawBufferPointer(output.bytes[..<part.pos].rebased)) }
      if directive == ZSTD_e_end ? left == 0 : input.pos == input.size { return }
    }
  }
}

import Glibc
import NIOCore
import NIOPosix
import Runtime

/// A part of a file, piece by piece, for a request's body.
struct FileChunks: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  let path: String
  /// Where it begins, in bytes.
  var offset: Int64 = 0
  var length: Int64
  /// Told how many of the file's bytes have been taken.
  var progress: @Sendable (Int64) -> Void = { _ in }

  private static let pieceSize = 256 << 10

  func makeAsyncIterator() -> Iterator { Iterator(chunks: self) }

  final class Iterator: AsyncIteratorProtocol {
    private let chunks: FileChunks
    private var file: OpenFile?
    private var done: Int64 = 0

    init(chunks: FileChunks) { self.chunks = chunks }

    func next() async throws -> ByteBuffer? {
      if done == chunks.length { return nil }
      let (path, place) = (chunks.path, chunks.offset + done)
      let count = Int(Swift.min(Int64(FileChunks.pieceSize), chunks.length - done))
      let known = file
      // A disk may let one wait.
      let (opened, piece) = try await NIOThreadPool.singleton.runIfActive {
        let file = try known ?? OpenFile(path)
        return (file, try file.read(at: place, count))
      }
      file = opened
      done += Int64(piece.readableBytes)
      chunks.progress(chunks.offset + done)
      return piece
    }
  }
}

/// A file that is read from any place.
final class OpenFile: Sendable {
  private let descriptor: OwnedFD
  private let path: String

  init(_ path: String) throws(Failure) {
    descriptor = try Files.open(path, O_RDONLY)
    self.path = path
  }

  func read(at place: Int64, _ count: Int) throws(Failure) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: count)
    var code: CInt = 0
    var got = 0
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
      repeat {
        got = pread(descriptor.raw, room.baseAddress, count, off_t(place))
      } while got < 0
        && errno == EINTR
      code = errno
      return max(got, 0)
    }
    if got < 0 { throw Failure("read", path, errno: code) }
    if got == 0 { throw Failure("read", path, reason: "it is shorter than it was") }
    return buffer
  }
}

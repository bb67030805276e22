import NIOConcurrencyHelpers
import NIOCore

/// Where a blob goes that is being downloaded. Whatever its methods do must not hold up their thread for long.
public protocol BlobSink: Sendable {
  /// Hands over, in pieces, what an earlier try has left, from the blob's beginning on; called once, before all else.
  func kept(_ take: (ByteBuffer) throws -> Void) async throws

  /// Takes the next bytes. Each comes once, in order, however often connections break.
  func write(_ bytes: ByteBuffer) async throws

  /// What was written is not the blob: nobody may go on from it.
  func discard() async
}

/// A blob in memory.
final class MemorySink: BlobSink {
  private let bytes = NIOLockedValueBox<[UInt8]>([])

  var content: [UInt8] { bytes.withLockedValue { $0 } }

  func kept(_ take: (ByteBuffer) throws -> Void) {}
  func write(_ piece: ByteBuffer) { bytes.withLockedValue { $0 += piece.readableBytesView } }
  func discard() {}
}

import CShim
import Glibc
import OCISpec
import Runtime

/// What unpacking a layer has given.
public struct UnpackedLayer: Sendable {
  /// The digest of the archive without compression.
  public let diffID: Digest
  /// Of the archive without compression, in bytes.
  public let size: Int64
  /// Of its files together, in bytes.
  public let contentSize: Int64
  /// In which form it came, whatever its media type says.
  public let compression: MediaType.Compression
  public let entries: Int
  /// What must still be done, when the layers below are there; often nothing.
  public let rest: DeferredWork
}

/// Unpacks a layer while it comes: what is written to it goes through a decompressor, a hash and libarchive into a
/// folder, in a thread of its own. Memory is a few buffers, whatever the layer's size, and what is remembered of its
/// folders.
///
/// To be used by one thread at a time. When it is given up, the thread ends; what it has made stays in the folder.
public final class LayerUnpacker: @unchecked Sendable {
  /// What may wait to be unpacked, in bytes.
  public static let queueSize = 1 << 20

  private let queue = ByteQueue(capacity: LayerUnpacker.queueSize)
  private let thread: Thread
  private let outcome: Outcome

  private final class Outcome: @unchecked Sendable {
    var result: Result<UnpackedLayer, Failure>?
  }

  /// - Parameters:
  ///   - folder: the descriptor of an empty folder; it stays its owner's.
  ///   - name: what errors call the layer.
  public init(into folder: CInt, name: String, limits: UnpackLimits = UnpackLimits()) throws(Failure) {
    let tree = try LayerTree(folder, limits)
    let (queue, outcome) = (queue, Outcome())
    self.outcome = outcome
    // The tree is the thread's from now on.
    let work = UnpackWork(queue, tree, name)
    thread = try Thread {
      do throws(Failure) {
        let failed = shim_take_files_as_given()
        if failed != 0 { throw Failure("prepare a thread", errno: -failed) }
        outcome.result = .success(try work.run())
      } catch {
        outcome.result = .failure(error)
        queue.fail(error)
      }
    }
  }

  deinit {
    queue.fail(Failure("unpack", reason: "it was given up"))
    thread.join()
  }

  /// Takes the next bytes of the layer as it came; waits while earlier ones are being unpacked.
  ///
  /// - Throws: what unpacking has failed with; it goes on no more then.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try queue.write(bytes) }

  /// Says that these were all, and waits until everything is unpacked.
  public func finish() throws(Failure) -> UnpackedLayer {
    queue.end()
    thread.join()
    return try outcome.result!.get()
  }

  /// Unpacks all of a source in the thread that calls.
  public static func unpack(
    _ source: any ByteSource, into folder: CInt, name: String, limits: UnpackLimits = UnpackLimits()
  ) throws(Failure) -> UnpackedLayer {
    let unpacker = try LayerUnpacker(into: folder, name: name, limits: limits)
    let buffer = Buffer(1 << 17)
    while true {
      let got = try source.read(into: buffer.bytes)
      if got == 0 { return try unpacker.finish() }
      try unpacker.write(UnsafeRawBufferPointer(buffer.bytes[..<got].rebased))
    }
  }
}

extension LayerUnpacker {
  /// Reads all of a layer without unpacking it: what its archive is without compression, and in which form it came.
  public static func look(
    at source: any ByteSource, name: String, limits: UnpackLimits = UnpackLimits()
  ) throws(Failure) -> (diffID: Digest, compression: MediaType.Compression) {
    let stream = CheckedStream(source, name, limits)
    try stream.drain()
    return (stream.digest.digest(), stream.compression)
  }
}

/// What the thread does.
private final class UnpackWork: @unchecked Sendable {
  private let queue: ByteQueue
  private let stream: CheckedStream
  private let tree: LayerTree
  private let name: String

  init(_ queue: ByteQueue, _ tree: LayerTree, _ name: String) {
    self.queue = queue
    stream = CheckedStream(queue, name, tree.limits)
    self.tree = tree
    self.name = name
  }

  func run() throws(Failure) -> UnpackedLayer {
    let archive = try TarReader(stream, name)
    var entries = 0
    var apparent: Int64 = 0
    while let entry = try archive.next() {
      // A few bytes may be many files, and whoever gives it up waits for the end.
      try queue.check()
      entries += 1
      if entries > tree.limits.entries {
        throw Failure("unpack", name, reason: "more than \(tree.limits.entries) entries")
      }
      let (sum, overflow) = apparent.addingReportingOverflow(entry.hardLink == nil ? entry.size : 0)
      apparent = overflow ? .max : sum
      if apparent > tree.limits.bytes {
        throw Failure("unpack", name, reason: "larger than \(tree.limits.bytes) bytes")
      }
      try naming { () throws(Failure) in try tree.add(entry, from: archive) }
    }
    // Behind the end of the archive there may be more, which the digest covers.
    try stream.drain()
    try naming { () throws(Failure) in try tree.finish() }
    return UnpackedLayer(
      diffID: stream.digest.digest(), size: stream.digest.count, contentSize: apparent,
      compression: stream.compression,
      entries: entries, rest: tree.rest)
  }

  /// What the kernel refuses is told with the layer's name: a path in it alone would be nobody's.
  private func naming(_ body: () throws(Failure) -> Void) throws(Failure) {
    do throws(Failure) {
      try body()
    } catch {
      if error.errno == nil { throw error }
      var named = error
      named.operation = "unpack \(name): " + error.operation
      throw named
    }
  }
}

/// A layer without its compression, hashed and measured as it is read.
final class CheckedStream: ByteSource {
  private let decompressor: Decompressor
  private let name: String
  private let limits: UnpackLimits
  private(set) var digest = StreamDigest()

  init(_ source: any ByteSource, _ name: String, _ limits: UnpackLimits) {
    decompressor = Decompressor(source, name)
    self.name = name
    self.limits = limits
  }

  /// Valid when something was read.
  var compression: MediaType.Compression { decompressor.compression ?? .none }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let got = try decompressor.read(into: buffer)
    digest.update(UnsafeRawBufferPointer(buffer[..<got].rebased))
    try limits.check(unpacked: digest.count, packed: decompressor.consumed, name)
    return got
  }

  func drain() throws(Failure) {
    let buffer = Buffer(1 << 17)
    while try read(into: buffer.bytes) > 0 {}
  }
}

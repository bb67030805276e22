import Archives
import Engine
import Glibc
import Images
import NIOCore
import NIOPosix
import OCISpec
import Registry
import Runtime

/// This machine's store, as a pull fills it: blobs as they came, and layers unpacked, in one pass.
struct StorePull: PullStore {
  let store: ImageStore

  func known(_ reference: ImageReference) async throws -> Descriptor? {
    let tags = try store.tags()
    guard let own = tags.first(where: { $0.reference == reference.tagged }) else { return nil }
    if reference.digest != nil { return own.descriptor }
    // A registry knows it by the digest of a list, perhaps, which came with the tag.
    let named = tags.first {
      $0.reference.name == reference.name && $0.reference.digest != nil && $0.descriptor == own.descriptor
    }
    guard let digest = named?.reference.digest, digest != own.descriptor.digest else { return own.descriptor }
    return Descriptor(mediaType: MediaType.index, digest: digest, size: 0)
  }

  func read(_ descriptor: Descriptor) async throws -> [UInt8]? {
    do throws(Failure) {
      return try store.text(of: descriptor.digest)
    } catch {
      // Missing or damaged, it comes anew.
      if error.kind == .damaged { return nil }
      throw error
    }
  }

  func keep(_ bytes: [UInt8], _ descriptor: Descriptor) async throws {
    _ = try store.add(bytes, mediaType: descriptor.mediaType)
  }

  func contains(_ layer: PulledLayer) -> Bool {
    store.layers.contains(layer.chainID) && store.contains(layer.descriptor)
  }

  func open(_ layer: PulledLayer) async throws -> (any LayerSink)? {
    var draft: LayerDraft?
    turns: while true {
      switch try store.layers.tryBegin(layer.chainID) {
      case .isThere: break turns
      case .isBusy: try await Self.breathe()
      case .mine(let begun):
        draft = consume begun
        break turns
      }
    }
    if draft == nil, store.contains(layer.descriptor) { return nil }
    while true {
      switch try store.tryIngest(layer.descriptor) {
      case .isThere:
        guard let made = draft.take() else { return nil }
        return try ArrivingLayer(layer, store, draft: made, ingest: nil)
      case .isBusy: try await Self.breathe()
      case .mine(let begun):
        return try ArrivingLayer(layer, store, draft: draft.take(), ingest: begun)
      }
    }
  }

  /// Another process is at it: its locks tell when it has done, and a thread that waited for one would be missed.
  static func breathe() async throws { try await Task.sleep(nanoseconds: 10_000_000) }
}

/// A layer that comes: its bytes go into the store and, at the same time, unpacked into its folder.
private final class ArrivingLayer: LayerSink, @unchecked Sendable {
  private let layer: PulledLayer
  private let store: ImageStore
  // Used by one task at a time.
  private var draft: LayerDraft?
  private var ingest: Ingest?
  private var unpacker: LayerUnpacker?
  /// Why unpacking has ended before all was there.
  private var broken: Failure?
  /// What is there of it from the beginning.
  private var kept: OwnedFD?

  /// - Parameters:
  ///   - draft: nil where it is unpacked already.
  ///   - ingest: nil where its bytes are there.
  init(
    _ layer: PulledLayer, _ store: ImageStore, draft: consuming LayerDraft?, ingest: consuming Ingest?
  ) throws(Failure) {
    self.layer = layer
    self.store = store
    if let made = draft.take() {
      unpacker = try LayerUnpacker(into: made.folder.raw, name: "layer \(layer.descriptor.digest.short)")
      self.draft = consume made
    }
    if let begun = ingest.take() {
      if begun.size > 0 { kept = OwnedFD(fcntl(begun.raw, F_DUPFD_CLOEXEC, 3)) }
      self.ingest = consume begun
    } else {
      kept = try store.open(layer.descriptor.digest)
    }
  }

  // Before the draft: its thread would go on to fill the folder that the draft removes.
  deinit { unpacker = nil }

  func kept(_ take: (ByteBuffer) throws -> Void) async throws {
    guard let file = kept.take() else { return }
    var buffer = ByteBufferAllocator().buffer(capacity: Self.piece)
    var offset: Int64 = 0
    while true {
      buffer.clear()
      // An error must not pass for the end: what comes next would go to the wrong place.
      let got = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.piece) { bytes in
        let got = pread(file.raw, bytes.baseAddress, Self.piece, off_t(offset))
        if got < 0 { throw Failure("read", store.path(of: layer.descriptor.digest), errno: errno) }
        return got
      }
      if got == 0 { return }
      offset += Int64(got)
      try take(buffer)
      try await unpack(buffer)
    }
  }

  private static let piece = 1 << 18

  func write(_ bytes: ByteBuffer) async throws {
    try bytes.withUnsafeReadableBytes { bytes throws in try ingest?.write(bytes) }
    try await unpack(bytes)
  }

  /// Waits, in a thread that may, while the unpacker is busy.
  private func unpack(_ bytes: ByteBuffer) async throws {
    guard let unpacker else { return }
    do {
      try await NIOThreadPool.singleton.runIfActive {
        try bytes.withUnsafeReadableBytes { try unpacker.write($0) }
      }
    } catch let error as Failure {
      // What the kernel refuses is not the layer's fault.
      if error.errno != nil { throw error }
      // Only the digest of all of it tells whether its bytes are wrong, and must be thrown away.
      broken = error
      self.unpacker = nil
    }
  }

  func discard() async {
    if let begun = ingest.take() {
      begun.discard()
    } else {
      // The store's own copy was wrong, and would be so the next time.
      store.discard(layer.descriptor.digest)
    }
    unpacker = nil
  }

  func finish(_ extracting: @Sendable (Int64) -> Void) async throws {
    if let done = ingest.take() { try done.finish(layer.descriptor.digest) }
    if let broken { throw broken }
    guard let unpacker else { return }
    let unpacked = try await NIOThreadPool.singleton.runIfActive { try unpacker.finish() }
    extracting(layer.descriptor.size)
    guard unpacked.diffID == layer.diffID else {
      throw Failure(
        "layer \(layer.descriptor.digest.short)",
        reason: "its archive is \(unpacked.diffID), and the image's configuration says \(layer.diffID)")
    }
    let below = Array(layer.chainIDs[..<layer.index])
    if !unpacked.rest.isEmpty {
      while !below.allSatisfy(store.layers.contains) { try await StorePull.breathe() }
    }
    try await NIOThreadPool.singleton.runIfActive { [self] in try publish(unpacked, below) }
  }

  private func publish(_ unpacked: UnpackedLayer, _ below: [Digest]) throws {
    guard let made = draft.take() else { return }
    try unpacked.rest.complete(in: made.folder.raw, above: below.reversed().map { store.layers.path(of: $0) })
    try made.publish(
      diffID: layer.diffID, digest: layer.descriptor.digest, size: unpacked.contentSize, parent: below.last)
  }
}

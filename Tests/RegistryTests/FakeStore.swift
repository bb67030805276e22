import Images
import NIOConcurrencyHelpers
import NIOCore
import OCISpec
import Runtime

@testable import Registry

/// A store in memory, which unpacks nothing. As the real one does, it has a blob come once, and a layer wait for all below.
final class FakeStore: PullStore {
  struct State {
    var blobs: [Digest: [UInt8]] = [:]
    var layers: [Int: [UInt8]] = [:]
    var tags: [String: Descriptor] = [:]
    var busy: Set<Digest> = []
    var open = 0
    var mostOpen = 0
  }

  let state = NIOLockedValueBox(State())
  /// Layers that are there already.
  let there: Set<Digest>

  init(there: Set<Digest> = []) { self.there = there }

  func known(_ reference: ImageReference) async throws -> Descriptor? {
    state.withLockedValue { state in
      if let digest = reference.digest, let bytes = state.blobs[digest] {
        return Descriptor(mediaType: "", digest: digest, size: Int64(bytes.count))
      }
      return state.tags[reference.familiar]
    }
  }

  func read(_ descriptor: Descriptor) async throws -> [UInt8]? {
    state.withLockedValue { $0.blobs[descriptor.digest] }
  }

  func keep(_ bytes: [UInt8], _ descriptor: Descriptor) async throws {
    state.withLockedValue { $0.blobs[descriptor.digest] = bytes }
  }

  func contains(_ layer: PulledLayer) -> Bool { there.contains(layer.descriptor.digest) }

  func open(_ layer: PulledLayer) async throws -> (any LayerSink)? {
    if there.contains(layer.descriptor.digest) { return nil }
    while true {
      let sink = state.withLockedValue { state -> FakeLayerSink? in
        guard state.busy.insert(layer.descriptor.digest).inserted else { return nil }
        state.open += 1
        state.mostOpen = max(state.mostOpen, state.open)
        return FakeLayerSink(self, layer, kept: state.blobs[layer.descriptor.digest] ?? [])
      }
      if let sink { return sink }
      try await Task.sleep(nanoseconds: 1_000_000)
    }
  }
}

final class FakeLayerSink: LayerSink {
  private let store: FakeStore
  private let layer: PulledLayer
  private let sink: KeepingSink

  init(_ store: FakeStore, _ layer: PulledLayer, kept: [UInt8]) {
    self.store = store
    self.layer = layer
    sink = KeepingSink(kept: kept)
  }

  func kept(_ take: (ByteBuffer) throws -> Void) async throws { try await sink.kept(take) }
  func write(_ bytes: ByteBuffer) async throws { try await sink.write(bytes) }
  func discard() async { await sink.discard() }

  func finish(_ extracting: @Sendable (Int64) -> Void) async throws {
    extracting(layer.descriptor.size)
    store.state.withLockedValue { state in
      state.blobs[layer.descriptor.digest] = sink.bytes
      state.busy.remove(layer.descriptor.digest)
    }
    while store.state.withLockedValue({ $0.layers.count < layer.index }) {
      try await Task.sleep(nanoseconds: 1_000_000)
    }
    store.state.withLockedValue { state in
      state.open -= 1
      state.layers[layer.index] = sink.bytes
    }
  }
}

/// What a listener was told.
final class Told: Sendable {
  private let states = NIOLockedValueBox<[(Digest, LayerState)]>([])

  var listener: LayerListener {
    { [states] descriptor, state in states.withLockedValue { $0.append((descriptor.digest, state)) } }
  }

  func words(_ digest: Digest) -> [String] {
    states.withLockedValue { $0.filter { $0.0 == digest }.map(\.1.words) }
  }
}

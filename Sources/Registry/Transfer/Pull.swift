import struct Crypto.SHA256
import Images
import NIOConcurrencyHelpers
import NIOCore
import OCISpec
import Runtime

/// What a pull has brought.
public struct PulledImage: Equatable, Sendable {
  public var reference: ImageReference
  /// What the reference stands for in the registry: an index, or a manifest.
  public var named: Descriptor
  /// The platform's manifest.
  public var manifest: Descriptor
  /// The digest of its configuration.
  public var id: Digest
  /// Whether anything of it was not there.
  public var isNew: Bool
}

/// Brings an image from a registry into a store: manifest, configuration, then its layers, a few at a time. Nothing is
/// tagged: that is for whoever holds the store, when all is there.
///
/// Ends early, with nothing left but what can be resumed, where its task is cancelled.
public struct Pull: Sendable {
  private let client: RegistryClient
  private let store: any PullStore
  private let listener: LayerListener
  /// How many layers come at once.
  private let width: Int

  public init(
    _ client: RegistryClient, into store: any PullStore, width: Int = 3,
    telling listener: @escaping LayerListener = { _, _ in }
  ) {
    self.client = client
    self.store = store
    self.width = max(width, 1)
    self.listener = listener
  }

  /// - Parameter platform: nil for this machine's, or whatever a sole manifest is for.
  public func run(_ reference: ImageReference, platform: Platform? = nil) async throws -> PulledImage {
    let isNew = Flag()
    let named = try await fetch(reference, isNew)
    var manifest = named
    // An index may name another one, as some builds do.
    for _ in 0..<3 where MediaType.isIndex(manifest.descriptor.mediaType) {
      let chosen = try choose(manifest, platform, reference)
      manifest = try await fetch(reference.with(digest: chosen.digest), isNew)
    }
    guard MediaType.isManifest(manifest.descriptor.mediaType) else {
      throw Failure("manifest for \(reference.familiar)", reason: "lists within lists")
    }
    let image = try decode(manifest.bytes, "manifest for \(reference.familiar)") { node throws(SpecError) in
      try ImageManifest(json: node)
    }
    let config = try await configuration(image, reference, platform, isNew)
    try await layers(image, config.diffIDs, reference, isNew)
    return PulledImage(
      reference: reference, named: named.descriptor, manifest: manifest.descriptor, id: image.config.digest,
      isNew: isNew.value)
  }

  /// Whether something was fetched.
  private final class Flag: Sendable {
    private let state = NIOLockedValueBox(false)
    var value: Bool { state.withLockedValue { $0 } }
    func set() { state.withLockedValue { $0 = true } }
  }

  /// From the store where its digest says that it is there, else from the registry.
  private func fetch(_ reference: ImageReference, _ isNew: Flag) async throws -> RemoteManifest {
    var known = try await store.known(reference)
    if let named = known, reference.digest == nil {
      // To look costs registries less than to fetch; some count what is fetched.
      let current = try await client.resolve(reference)
      if current?.digest != named.digest { known = nil }
    }
    if let known, let bytes = try await store.read(known),
      let type = RemoteManifest.mediaType(bytes)
    {
      let descriptor = Descriptor(mediaType: type, digest: known.digest, size: Int64(bytes.count))
      return RemoteManifest(descriptor: descriptor, bytes: bytes)
    }
    let manifest = try await client.manifest(reference)
    try await store.keep(manifest.bytes, manifest.descriptor)
    isNew.set()
    return manifest
  }

  private func choose(
    _ list: RemoteManifest, _ platform: Platform?, _ reference: ImageReference
  ) throws -> Descriptor {
    let index = try decode(list.bytes, "manifest for \(reference.familiar)") { node throws(SpecError) in
      try ImageIndex(json: node)
    }
    let wanted = platform ?? .host
    if let chosen = index.manifest(for: wanted) { return chosen }
    let there = Set(index.platforms.map(\.description)).subtracting(["unknown/unknown"]).sorted()
    throw Failure(
      "no matching manifest for \(wanted.description) in the manifest list entries", reference.familiar,
      hint: there.isEmpty
        ? nil : "there are " + TextOfServer.line(there.prefix(20).joined(separator: ", "), limit: 600))
  }

  private func configuration(
    _ image: ImageManifest, _ reference: ImageReference, _ platform: Platform?, _ isNew: Flag
  ) async throws -> ImageConfig {
    let bytes: [UInt8]
    if let known = try await store.read(image.config) {
      bytes = known
    } else {
      bytes = try await client.bytes(of: image.config, of: reference)
      try await store.keep(bytes, image.config)
      isNew.set()
    }
    let config = try decode(bytes, "configuration of \(reference.familiar)") { node throws(SpecError) in
      try ImageConfig(json: node)
    }
    guard config.diffIDs.count == image.layers.count else {
      throw Failure(
        "configuration of \(reference.familiar)",
        reason: "it is of \(config.diffIDs.count) layers, and the manifest of \(image.layers.count)")
    }
    if let platform, !config.architecture.isEmpty {
      let actual = Platform(architecture: config.architecture, os: config.os, variant: config.variant)
      let sole = ImageIndex(manifests: [image.config.on(actual)])
      if sole.manifest(for: platform) == nil {
        throw Failure(
          "image with reference \(reference.familiar) was found but does not match the specified platform",
          reason:
            "wanted \(platform.description), actual: \(TextOfServer.line(actual.description, limit: 60))")
      }
    }
    return config
  }

  /// Fetches layers, the lowest first, so that whoever waits for a lower one waits for one that was begun before.
  private func layers(
    _ image: ImageManifest, _ diffIDs: [Digest], _ reference: ImageReference, _ isNew: Flag
  ) async throws {
    // A blob that stands for several layers comes once, and is told of once; the store makes the others of it.
    var seen: Set<Digest> = []
    let all = PulledLayer.all(image, diffIDs)
    let first = Set(all.filter { seen.insert($0.descriptor.digest).inserted }.map(\.index))
    for layer in all where first.contains(layer.index) && !store.contains(layer) {
      listener(layer.descriptor, .pullingLayer)
      if layer.index >= width { listener(layer.descriptor, .waiting) }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for layer in all {
        // As one ends, the next begins; where one fails, the others are cancelled.
        if layer.index >= width { try await group.next() }
        let isFirst = first.contains(layer.index)
        group.addTask { try await fetch(layer, reference, isNew, isTold: isFirst) }
      }
      // Not `waitForAll`, which cancels nobody: an upper layer would wait for ever for a lower one that failed.
      while try await group.next() != nil {}
    }
  }

  private func fetch(
    _ layer: PulledLayer, _ reference: ImageReference, _ isNew: Flag, isTold: Bool
  ) async throws {
    try Task.checkCancellation()
    let listener: LayerListener = { if isTold { self.listener($0, $1) } }
    let blob = layer.descriptor
    guard MediaType.compression(of: blob.mediaType) != nil else {
      throw Failure(
        "layer \(blob.digest)", reason: "\(TextOfServer.line(blob.mediaType, limit: 100)) is no layer")
    }
    guard let sink = try await store.open(layer) else { return listener(blob, .alreadyExists) }
    isNew.set()
    try await client.download(
      blob, of: reference, into: sink, retrying: { listener(blob, .retrying(in: $0)) },
      progress: { listener(blob, .downloading($0, of: blob.size)) })
    listener(blob, .verifying)
    listener(blob, .downloadComplete)
    try await sink.finish { listener(blob, .extracting($0, of: blob.size)) }
    listener(blob, .pullComplete)
  }

  private func decode<Value>(
    _ bytes: [UInt8], _ subject: String, _ read: (JSONNode) throws(SpecError) -> Value
  ) throws(Failure) -> Value {
    do throws(SpecError) {
      return try read(JSONDocument(bytes, name: "the document").root)
    } catch {
      throw Failure(subject, reason: TextOfServer.line("\(error)"))
    }
  }
}

extension Descriptor {
  /// The same, for a platform.
  fileprivate func on(_ platform: Platform) -> Descriptor {
    var copy = self
    copy.platform = platform
    return copy
  }
}

extension RemoteManifest {
  /// What a text that was checked when it came says that it is.
  static func mediaType(_ bytes: [UInt8]) -> String? {
    guard let object = try? JSONDocument(bytes, name: "the document").root.object() else { return nil }
    if let type = try? object.string("mediaType") { return type }
    return object["manifests"] != nil ? MediaType.index : MediaType.manifest
  }
}

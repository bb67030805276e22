import Images
import OCISpec
import Runtime

/// Where images that are pushed come from.
public protocol PushSource: Sendable {
  /// A manifest, index or configuration; throws where it is not there.
  func read(_ descriptor: Descriptor) async throws -> [UInt8]

  /// The file that holds a blob; throws where it is not there.
  func path(of blob: Descriptor) async throws -> String

  /// Repositories of a registry that are known to have a blob, most likely first.
  func repositories(with blob: Descriptor, in registry: String) async -> [String]
}

/// Brings an image into a registry: layers, then what names them, so that nobody finds an image that is not whole.
public struct Push: Sendable {
  private let client: RegistryClient
  private let source: any PushSource
  private let listener: LayerListener
  private let width: Int

  public init(
    _ client: RegistryClient, from source: any PushSource, width: Int = 3,
    telling listener: @escaping LayerListener = { _, _ in }
  ) {
    self.client = client
    self.source = source
    self.width = max(width, 1)
    self.listener = listener
  }

  /// - Parameters:
  ///   - named: a manifest, or an index of which all must be there.
  ///   - reference: what it is to be called.
  public func run(_ named: Descriptor, to reference: ImageReference) async throws {
    try await run(named, to: reference, depth: 0)
  }

  private func run(_ named: Descriptor, to reference: ImageReference, depth: Int) async throws {
    let bytes = try await source.read(named)
    var descriptor = named
    descriptor.mediaType = RemoteManifest.mediaType(bytes) ?? named.mediaType
    if MediaType.isIndex(descriptor.mediaType) {
      guard depth < 3 else { throw Failure("push \(reference.familiar)", reason: "lists within lists") }
      let index = try decode(bytes, reference) { node throws(SpecError) in try ImageIndex(json: node) }
      for manifest in index.manifests {
        try await run(manifest, to: reference.with(digest: manifest.digest), depth: depth + 1)
      }
    } else {
      let image = try decode(bytes, reference) { node throws(SpecError) in try ImageManifest(json: node) }
      try await layers(image, reference)
      _ = try await upload(image.config, reference)
    }
    try await client.put(bytes, descriptor, to: reference)
  }

  private func layers(_ image: ImageManifest, _ reference: ImageReference) async throws {
    var seen: Set<Digest> = []
    let layers = image.layers.filter { seen.insert($0.digest).inserted }
    for layer in layers { listener(layer, .preparing) }
    for layer in layers.dropFirst(width) { listener(layer, .waiting) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, layer) in layers.enumerated() {
        if number >= width { try await group.next() }
        group.addTask {
          let state: LayerState =
            switch try await upload(layer, reference, listener) {
            case .wasThere: .layerAlreadyExists
            case .mounted(let repository): .mounted(from: repository)
            case .uploaded: .pushed
            }
          listener(layer, state)
        }
      }
      while try await group.next() != nil {}
    }
  }

  private func upload(
    _ blob: Descriptor, _ reference: ImageReference, _ listener: @escaping LayerListener = { _, _ in }
  ) async throws -> Upload {
    try Task.checkCancellation()
    return try await client.upload(
      blob, to: reference, from: source.path(of: blob),
      mountingFrom: source.repositories(with: blob, in: reference.registry),
      retrying: { listener(blob, .retrying(in: $0)) },
      progress: { listener(blob, .pushing($0, of: blob.size)) })
  }

  private func decode<Value>(
    _ bytes: [UInt8], _ reference: ImageReference, _ read: (JSONNode) throws(SpecError) -> Value
  ) throws(Failure) -> Value {
    do throws(SpecError) {
      return try read(JSONDocument(bytes, name: "the document").root)
    } catch {
      throw Failure("push \(reference.familiar)", reason: "\(error)")
    }
  }
}

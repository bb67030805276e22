import Images
import OCISpec

/// One layer of an image that is being pulled.
public struct PulledLayer: Sendable {
  public var manifest: ImageManifest
  /// Digests of the archives without compression, one for each layer.
  public var diffIDs: [Digest]
  /// By which the layers are known unpacked, each upon those below it.
  public var chainIDs: [Digest]
  /// Which of the layers it is, from the lowest on.
  public var index: Int

  public var descriptor: Descriptor { manifest.layers[index] }
  public var diffID: Digest { diffIDs[index] }
  public var chainID: Digest { chainIDs[index] }

  /// All layers of an image.
  static func all(_ manifest: ImageManifest, _ diffIDs: [Digest]) -> [PulledLayer] {
    let chainIDs = ImageStore.chainIDs(of: diffIDs)
    return manifest.layers.indices.map {
      PulledLayer(manifest: manifest, diffIDs: diffIDs, chainIDs: chainIDs, index: $0)
    }
  }
}

/// Where a layer goes.
public protocol LayerSink: BlobSink {
  /// All of it was written, and has the right digest: puts it in place. Layers below it may be unpacked later than it:
  /// whatever has to wait for them waits here.
  ///
  /// - Parameter extracting: told how much of it is unpacked.
  func finish(_ extracting: @Sendable (_ bytes: Int64) -> Void) async throws
}

/// Where pulled images go. Layers are asked for from several tasks at once, the lowest first; who must wait for
/// another process does so without holding up the thread.
public protocol PullStore: Sendable {
  /// What a reference stands for here: what it is tagged with, or what has its digest; nil where that is not known.
  func known(_ reference: ImageReference) async throws -> Descriptor?

  /// A manifest, index or configuration that is there; nil where it is not.
  func read(_ descriptor: Descriptor) async throws -> [UInt8]?

  /// Takes a manifest, index or configuration whose digest is right.
  func keep(_ bytes: [UInt8], _ descriptor: Descriptor) async throws

  /// Whether a layer is there, unpacked, before anybody waits for others who fetch it.
  func contains(_ layer: PulledLayer) -> Bool

  /// Where a layer goes; nil where it is there, unpacked. Waits for who is at the same blob, for another layer perhaps.
  func open(_ layer: PulledLayer) async throws -> (any LayerSink)?
}

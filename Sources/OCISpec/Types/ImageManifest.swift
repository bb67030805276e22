/// What an image consists of: its configuration, and layers from the lowest on. Source: image-spec 1.1,
/// manifest.md; Docker's "Image Manifest Version 2, Schema 2" says the same in the same words.
public struct ImageManifest: Equatable, Sendable {
  public var mediaType: String
  public var config: Descriptor
  public var layers: [Descriptor]
  public var annotations: [String: String]

  public init(
    mediaType: String = MediaType.manifest, config: Descriptor, layers: [Descriptor],
    annotations: [String: String] = [:]
  ) {
    self.mediaType = mediaType
    self.config = config
    self.layers = layers
    self.annotations = annotations
  }
}

/// Manifests of one image for several platforms, or of several images. Source: image-spec 1.1, image-index.md;
/// Docker calls it a manifest list.
public struct ImageIndex: Equatable, Sendable {
  public var mediaType: String
  public var manifests: [Descriptor]
  public var annotations: [String: String]

  public init(
    mediaType: String = MediaType.index, manifests: [Descriptor], annotations: [String: String] = [:]
  ) {
    self.mediaType = mediaType
    self.manifests = manifests
    self.annotations = annotations
  }
}

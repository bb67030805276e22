/// What a content is, how large, and by which digest it is found. Source: image-spec 1.1, descriptor.md.
public struct Descriptor: Hashable, Sendable {
  public var mediaType: String
  public var digest: Digest
  /// In bytes.
  public var size: Int64
  /// Where else it may be fetched from, as layers that may not be distributed.
  public var urls: [String]
  public var annotations: [String: String]
  /// What it runs on; of manifests in an index.
  public var platform: Platform?

  /// The largest size that is believed: 4 TiB. Sums of so many as a manifest can hold fit 64 bits.
  public static let maximumSize: Int64 = 1 << 42

  public init(
    mediaType: String, digest: Digest, size: Int64, urls: [String] = [], annotations: [String: String] = [:],
    platform: Platform? = nil
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.urls = urls
    self.annotations = annotations
    self.platform = platform
  }
}

/// A machine and system that an image is for, in Go's words: `amd64`, `linux`. Source: image-spec 1.1,
/// image-index.md, "platform".
public struct Platform: Hashable, Sendable {
  public var architecture: String
  public var os: String
  /// As in `v7` of `arm`.
  public var variant: String?
  public var osVersion: String?
  public var osFeatures: [String]

  public init(
    architecture: String, os: String, variant: String? = nil, osVersion: String? = nil,
    osFeatures: [String] = []
  ) {
    self.architecture = architecture
    self.os = os
    self.variant = variant
    self.osVersion = osVersion
    self.osFeatures = osFeatures
  }
}

/// What contents of images are called. Source: image-spec 1.1, media-types.md; Docker's are in distribution's
/// "Image Manifest Version 2, Schema 2".
public enum MediaType {
  public static let index = "application/vnd.oci.image.index.v1+json"
  public static let manifest = "application/vnd.oci.image.manifest.v1+json"
  public static let config = "application/vnd.oci.image.config.v1+json"
  public static let layer = "application/vnd.oci.image.layer.v1.tar"
  public static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
  public static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
  public static let foreignLayer = "application/vnd.oci.image.layer.nondistributable.v1.tar"
  public static let foreignLayerGzip = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
  public static let foreignLayerZstd = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"

  public static let dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json"
  public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
  public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
  public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
  public static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
  public static let dockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"
  public static let dockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar"
  public static let dockerForeignLayerGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

  /// What a registry is asked for: an image, whatever form it has.
  public static let manifestsAndIndexes = [manifest, index, dockerManifest, dockerIndex]

  /// How a layer's archive is compressed.
  public enum Compression: String, CaseIterable, Sendable {
    case none, gzip, zstd
  }

  public static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }

  public static func isIndex(_ type: String) -> Bool { type == index || type == dockerIndex }

  public static func isConfig(_ type: String) -> Bool { type == config || type == dockerConfig }

  public static func isLayer(_ type: String) -> Bool { compression(of: type) != nil }

  /// Whether a layer may be kept by nobody but those who made it.
  public static func isForeign(_ type: String) -> Bool {
    type == dockerForeignLayer || type == dockerForeignLayerGzip || type == foreignLayer
      || type == foreignLayerGzip || type == foreignLayerZstd
  }

  /// How a layer is compressed; nil for what is no layer.
  public static func compression(of type: String) -> Compression? {
    switch type {
    case layer, foreignLayer, dockerLayer, dockerForeignLayer: Compression.none
    case layerGzip, foreignLayerGzip, dockerLayerGzip, dockerForeignLayerGzip: .gzip
    case layerZstd, foreignLayerZstd, dockerLayerZstd: .zstd
    default: nil
    }
  }
}

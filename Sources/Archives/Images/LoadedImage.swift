import Images
import OCISpec
import Runtime

/// An image that was found in an archive, all of whose contents are in the store.
public struct LoadedImage: Equatable, Sendable {
  /// Of its manifest, or of an index of several.
  public let manifest: Descriptor
  /// What the archive calls it; none for one that had no name.
  public internal(set) var references: [ImageReference]
}

/// How much is taken from an image archive.
public struct ImageArchiveLimits: Sendable {
  /// Of all contents together, in bytes.
  public var bytes: Int64 = 1 << 40
  public var entries = 100_000
  /// Of a manifest, an index or a configuration, in bytes.
  public var text = ImageStore.textLimit

  public init() {}
}

/// Annotations of an index's entries.
enum ImageAnnotation {
  /// Source: image-spec 1.1, annotations.md. A whole name, or a tag alone.
  static let referenceName = "org.opencontainers.image.ref.name"
  /// As containerd and docker write it: a whole name.
  static let imageName = "io.containerd.image.name"

  /// What an index's entry calls its image. A tag alone names no image.
  static func reference(_ annotations: [String: String]) throws(Failure) -> ImageReference? {
    if let name = annotations[imageName] { return try ImageReference(name).tagged }
    guard let name = annotations[referenceName], name.contains(where: { "/:@".contains($0) }) else {
      return nil
    }
    return try? ImageReference(name).tagged
  }
}

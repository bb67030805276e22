import OCISpec
import Runtime

/// A name, and the manifest it stands for.
public struct TaggedImage: Equatable, Sendable {
  /// With a tag, or with a digest: that of a list perhaps, by which a registry knows the image.
  public let reference: ImageReference
  public let descriptor: Descriptor
}

extension ImageStore {
  /// All names in the order of their texts.
  public func tags() throws(Failure) -> [TaggedImage] {
    try readIndex().manifests.compactMap { entry in
      entry.reference.map { TaggedImage(reference: $0, descriptor: entry.bare) }
    }.sorted { $0.reference.full < $1.reference.full }
  }

  /// Gives a name to an image; the last thing that is written of one. An image that had the name stays without.
  ///
  /// - Parameters:
  ///   - reference: with a tag, or `latest` is meant; or with a digest, which is that of the manifest or of a list
  ///     that it is from.
  ///   - manifest: all of which is there.
  public func tag(_ reference: ImageReference, _ manifest: Descriptor) throws {
    // Of both, the digest says more, and the tag may be another image's.
    let name = reference.digest.map { reference.with(digest: $0) } ?? reference.tagged
    // Until it has a name, what it consists of is nobody's.
    let lock = try hold(.adding)
    defer { lock.stay() }
    try settle(manifest)
    try changeIndex { $0.tag(name, manifest) }
  }

  /// Keeps an image that has no name.
  public func keep(_ manifest: Descriptor) throws {
    let lock = try hold(.adding)
    defer { lock.stay() }
    try settle(manifest)
    try changeIndex { index in
      if !index.manifests.contains(where: { $0.digest == manifest.digest && !$0.isRemoved }) {
        index.manifests.removeAll { $0.digest == manifest.digest }
        index.manifests.append(manifest.bare)
      }
    }
  }

  /// Throws where something of an image is not there; waits until all of it is on the disk.
  private func settle(_ manifest: Descriptor) throws(Failure) {
    let image = try image(manifest)
    for layer in image.layers where !contains(layer) {
      throw Failure("keep image", "\(manifest.digest)", reason: "its layer \(layer.digest) is not there")
    }
    try layers.settle(image.chainIDs)
  }
}

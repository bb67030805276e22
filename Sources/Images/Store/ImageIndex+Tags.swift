import OCISpec

/// What `index.json` says of names. An entry's name is an annotation; an entry without one keeps an image that has
/// none, as after a pull that gave its name to another.
extension ImageIndex {
  /// Source: image-spec 1.1, annotations.md.
  static let nameAnnotation = "org.opencontainers.image.ref.name"
  /// Of an entry that is there for containers alone: the image has been removed by force, and goes with the last.
  static let removedAnnotation = "io.swiftainer.image.removed"

  /// The entry of a name.
  func entry(_ reference: ImageReference) -> Descriptor? {
    manifests.first { $0.annotations[Self.nameAnnotation] == reference.full }
  }

  /// Gives a name to a manifest. Who had it keeps its place without.
  mutating func tag(_ reference: ImageReference, _ manifest: Descriptor) {
    if let old = entry(reference), old.digest == manifest.digest, old.size == manifest.size { return }
    untag(reference)
    // A name is enough to keep it.
    manifests.removeAll { $0.digest == manifest.digest && $0.annotations[Self.nameAnnotation] == nil }
    var entry = manifest
    entry.annotations[Self.removedAnnotation] = nil
    entry.annotations[Self.nameAnnotation] = reference.full
    manifests.append(entry)
  }

  /// Takes a name away. The image stays, be it without a name.
  @discardableResult
  mutating func untag(_ reference: ImageReference) -> Descriptor? {
    let name = reference.full
    guard let entry = entry(reference) else { return nil }
    manifests.removeAll { $0.annotations[Self.nameAnnotation] == name }
    if !manifests.contains(where: { $0.digest == entry.digest }) {
      var nameless = entry
      nameless.annotations[Self.nameAnnotation] = nil
      manifests.append(nameless)
    }
    return entry
  }

  /// Takes manifests out with all their names.
  ///
  /// - Parameter keepsForContainers: whether containers still need what they consist of.
  mutating func remove(_ digests: Set<Digest>, keepsForContainers: Bool) {
    let removed = manifests.filter { digests.contains($0.digest) }
    manifests.removeAll { digests.contains($0.digest) }
    if !keepsForContainers { return }
    for digest in digests {
      guard var entry = removed.first(where: { $0.digest == digest }) else { continue }
      entry.annotations[Self.nameAnnotation] = nil
      entry.annotations[Self.removedAnnotation] = "true"
      manifests.append(entry)
    }
  }
}

extension Descriptor {
  /// Whether it is in the index for containers alone.
  var isRemoved: Bool { annotations[ImageIndex.removedAnnotation] != nil }

  /// Its name in the index; nil where it has none, or one that is no image's: other programs write what they like.
  var reference: ImageReference? {
    guard let name = annotations[ImageIndex.nameAnnotation], let reference = try? ImageReference(name),
      reference.full == name
    else { return nil }
    return reference
  }

  /// The same without what the index says of it.
  var bare: Descriptor {
    var bare = self
    bare.annotations[ImageIndex.nameAnnotation] = nil
    bare.annotations[ImageIndex.removedAnnotation] = nil
    return bare
  }
}

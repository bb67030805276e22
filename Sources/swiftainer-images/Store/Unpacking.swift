import Archives
import Images
import OCISpec
import Runtime

extension ImageStore {
  /// Unpacks those layers of an image that are not, from the store's own blobs.
  ///
  /// Throws `damaged` where a blob is not what its digest says; it is thrown away then, so that it can come again.
  func unpack(_ image: StoredImage) throws {
    for (index, chain) in image.chainIDs.enumerated() {
      guard let draft = try layers.begin(chain) else { continue }
      let blob = image.layers[index]
      let unpacked = try unpack(blob, image.config.diffIDs[index], into: draft.folder.raw)
      let below = image.chainIDs[..<index]
      try unpacked.rest.complete(in: draft.folder.raw, above: below.reversed().map { layers.path(of: $0) })
      try draft.publish(
        diffID: unpacked.diffID, digest: blob.digest, size: unpacked.contentSize, parent: below.last)
    }
  }

  private func unpack(
    _ blob: Descriptor, _ diffID: Digest, into folder: CInt
  ) throws(Failure) -> UnpackedLayer {
    let name = "layer \(blob.digest.short)"
    let file = try open(blob.digest)
    do throws(Failure) {
      let unpacked = try LayerUnpacker.unpack(DescriptorSource(file.raw, name), into: folder, name: name)
      if unpacked.diffID == diffID { return unpacked }
      throw Failure(
        name, reason: "its archive is \(unpacked.diffID), and the image's configuration says \(diffID)")
    } catch {
      // What the kernel refuses is not the layer's fault.
      if error.errno != nil { throw error }
      if try isWhole(blob.digest, name) { throw error }
      discard(blob.digest)
      var damage = error
      damage.kind = .damaged
      damage.hint = "it was damaged in the store: load or pull its image again"
      throw damage
    }
  }

  private func isWhole(_ digest: Digest, _ name: String) throws(Failure) -> Bool {
    let file = try open(digest)
    var found = StreamDigest()
    try DescriptorSource(file.raw, name).forEach { found.update($0) }
    return found.digest() == digest
  }
}

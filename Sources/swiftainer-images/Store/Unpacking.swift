import Archives
import Images
import OCISpec
import Runtime

extension ImageStore {
  /// Unpacks those layers of an image that are not, from the store's own blobs.
  func unpack(_ image: StoredImage) throws {
    for (index, chain) in image.chainIDs.enumerated() {
      guard let draft = try layers.begin(chain) else { continue }
      let blob = image.layers[index]
      let name = "layer \(blob.digest.short)"
      let file = try open(blob.digest)
      let unpacked = try LayerUnpacker.unpack(
        DescriptorSource(file.raw, name), into: draft.folder.raw, name: name)
      guard unpacked.diffID == image.config.diffIDs[index] else {
        throw Failure(
          name,
          reason: "its archive is \(unpacked.diffID), and the image's configuration says "
            + "\(image.config.diffIDs[index])")
      }
      let below = image.chainIDs[..<index]
      try unpacked.rest.complete(in: draft.folder.raw, above: below.reversed().map { layers.path(of: $0) })
      try draft.publish(
        diffID: unpacked.diffID, digest: blob.digest, size: unpacked.contentSize, parent: below.last)
    }
  }
}

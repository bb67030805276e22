import OCISpec
import Runtime

/// What images take on the disk: what several share is counted once.
public struct ImageUsage: Sendable {
  public let images: [StoredImage]
  /// By chain IDs, in bytes.
  private let layers: [Digest: (size: Int64, images: Int)]

  init(_ images: [StoredImage]) {
    self.images = images
    var layers: [Digest: (size: Int64, images: Int)] = [:]
    for image in images {
      for (chain, size) in zip(image.chainIDs, image.layerSizes) {
        layers[chain, default: (size, 0)].images += 1
      }
    }
    self.layers = layers
  }

  /// Of all layers, in bytes.
  public var size: Int64 { layers.values.reduce(0) { $0 + $1.size } }

  /// Of the layers that an image has in common with others, in bytes.
  public func sharedSize(of image: StoredImage) -> Int64 {
    image.chainIDs.reduce(0) { sum, chain in
      guard let layer = layers[chain], layer.images > 1 else { return sum }
      return sum + layer.size
    }
  }

  /// Of the layers that only images have which a condition does not hold for, in bytes.
  ///
  /// - Parameter isUsed: whether a container uses an image.
  public func reclaimable(isUsed: (StoredImage) throws -> Bool) rethrows -> Int64 {
    let used = Set(try images.filter(isUsed).flatMap(\.chainIDs))
    return layers.reduce(0) { used.contains($1.key) ? $0 : $0 + $1.value.size }
  }
}

extension ImageStore {
  /// What images take.
  public func usage() throws(Failure) -> ImageUsage { ImageUsage(try all()) }
}

extension StoredImage {
  /// What each step of its history has added, in bytes, from the first on; 0 for those that changed no files.
  public var historySizes: [Int64] {
    var sizes = layerSizes[...]
    return config.history.map { step in step.isEmptyLayer ? 0 : sizes.popFirst() ?? 0 }
  }
}

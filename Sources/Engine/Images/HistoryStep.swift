import Images
import OCISpec

/// A step in which an image was made.
public struct HistoryStep: Sendable {
  public let entry: ImageConfig.History
  /// The image as it was after this step; nil where that is no image of its own.
  public let image: Digest?
  /// What it added, in bytes.
  public let size: Int64

  /// The last one first.
  ///
  /// - Parameter others: all images that are there; what an image was made from is known by its history and layers.
  public static func all(of image: StoredImage, among others: [StoredImage]) -> [HistoryStep] {
    var sizes = image.layerSizes[...]
    var entries = image.config.history
    let below = others.filter {
      !$0.config.history.isEmpty && $0.config.history.count < entries.count
        && entries.starts(with: $0.config.history) && image.config.diffIDs.starts(with: $0.config.diffIDs)
    }
    var made: [Int: Digest] = [:]
    for other in below { made[other.config.history.count - 1] = other.id }
    // Who makes an image need not tell of each layer.
    let told = entries.count { !$0.isEmptyLayer }
    if told < sizes.count { entries += (told..<sizes.count).map { _ in ImageConfig.History() } }
    made[entries.count - 1] = image.id
    var steps: [HistoryStep] = []
    for (index, entry) in entries.enumerated() {
      steps.append(
        HistoryStep(
          entry: entry, image: made[index],
          size: entry.isEmptyLayer ? 0 : sizes.popFirst() ?? 0))
    }
    return steps.reversed()
  }
}

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
  public static func all(of image: StoredImage) -> [HistoryStep] {
    var sizes = image.layerSizes[...]
    var entries = image.config.history
    // Who makes an image need not tell of each layer.
    let told = entries.count { !$0.isEmptyLayer }
    if told < sizes.count { entries += (told..<sizes.count).map { _ in ImageConfig.History() } }
    var steps: [HistoryStep] = []
    for (index, entry) in entries.enumerated() {
      steps.append(
        HistoryStep(
          entry: entry, image: index == entries.count - 1 ? image.id : nil,
          size: entry.isEmptyLayer ? 0 : sizes.popFirst() ?? 0))
    }
    return steps.reversed()
  }
}

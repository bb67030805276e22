import Runtime

extension StoredContainer {
  /// The host's path of the container's root file system.
  public var rootfs: String { overlay?.target ?? (try? Image(imagePath).rootfs) ?? "" }

  /// What lies above the image; nil where the container writes in place.
  public var overlay: OverlayRoot? {
    guard !options.writesImage, let image = try? Image(imagePath), case .rootfs = image.kind else {
      return nil
    }
    return overlay(above: image.rootfs)
  }

  func overlay(above rootfs: String) -> OverlayRoot {
    OverlayRoot(lower: [rootfs], upper: upper, work: folder + "/work", target: folder + "/merged")
  }
}

import Runtime

extension StoredContainer {
  /// The host's path of the container's root file system.
  public var rootfs: String {
    if let overlay { return overlay.target }
    guard let image = try? image(), case .bundle(_, let rootfs) = image.kind else { return imagePlace }
    return rootfs
  }

  /// What lies above the image; nil where the container writes in place.
  public var overlay: OverlayRoot? { (try? image()).flatMap { overlay(above: $0) } }

  func overlay(above image: Image) -> OverlayRoot? {
    if options.writesImage || image.isBundle { return nil }
    return OverlayRoot(
      lower: image.layers, upper: upper, work: folder + "/work", target: folder + "/merged")
  }
}

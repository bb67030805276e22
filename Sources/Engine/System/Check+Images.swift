import Images

extension Containers {
  /// What is damaged in the store of images, or of no use to anybody.
  func imageLeftovers() throws -> [Leftover] {
    let images = EngineImages(roots)
    return try images.store.leftovers { images.users() }.map { Leftover(text: $0.text, repair: $0.repair) }
  }
}

import Images

extension Containers {
  /// What is damaged in the store of images, or of no use to anybody.
  func imageLeftovers() throws -> [Leftover] {
    let images = EngineImages(roots)
    // A container that cannot be read, which is told of by itself, may use whatever looks as if nobody did.
    if (try? images.allUsers()) == nil { return [] }
    return try images.store.leftovers { try images.allUsers() }.map {
      Leftover(text: $0.text, repair: $0.repair)
    }
  }
}

import OCISpec
import Runtime

extension ImageStore {
  /// The image of a name, an ID, or the beginning of an ID.
  ///
  /// Throws where there is none, or where several IDs begin like this.
  public func find(_ word: String) throws(Failure) -> StoredImage {
    guard let found = try resolve(word) else { throw Self.missing(word) }
    // It may have names by other manifests as well.
    return try all().first { $0.id == found.image.id } ?? found.image
  }

  /// The same for those who execute it, whatever other names it has: nil where there is none.
  public func lookUp(_ word: String) throws(Failure) -> StoredImage? { try resolve(word)?.image }

  /// Whether a name or an ID leads to an image, be it damaged.
  public func contains(_ word: String) throws(Failure) -> Bool {
    if !Self.isWholeID(word), let name = try? ImageReference(word),
      Self.entry(name, in: try readIndex().manifests.filter { !$0.isRemoved }) != nil
    {
      return true
    }
    return try lookUp(word) != nil
  }

  public static func missing(_ word: String) -> Failure {
    Failure("No such image: " + ((try? ImageReference(word).tagged.familiar) ?? word))
  }

  /// An image, and the name by which it was found; nil where that was an ID.
  func resolve(_ word: String) throws(Failure) -> (image: StoredImage, name: ImageReference?)? {
    let index = try readIndex()
    let entries = index.manifests.filter { !$0.isRemoved }
    var invalid: Failure?
    if !Self.isWholeID(word) {
      do throws(Failure) {
        let name = try ImageReference(word)
        if let entry = Self.entry(name, in: entries) {
          return (try image(of: entry, entries), entry.reference ?? name)
        }
      } catch {
        // What has a name and is damaged is not to be taken for what has none.
        if error.kind == .damaged { throw error }
        invalid = error
      }
    }
    if let image = try image(ofID: word, entries) { return (image, nil) }
    if let invalid { throw invalid }
    return nil
  }

  /// The image of one entry, with the names of the same manifest: no others are read.
  private func image(of entry: Descriptor, _ entries: [Descriptor]) throws(Failure) -> StoredImage {
    var image = try image(entry)
    image.references = entries.filter { $0.digest == entry.digest }.compactMap(\.reference)
      .sorted { $0.full < $1.full }
    if entry.digest != image.manifest.digest { image.otherManifests = [entry.digest] }
    return image
  }

  private static func entry(_ name: ImageReference, in entries: [Descriptor]) -> Descriptor? {
    guard let digest = name.digest else {
      let full = name.tagged.full
      return entries.first { $0.annotations[ImageIndex.nameAnnotation] == full }
    }
    let full = name.with(digest: digest).full
    return entries.first { $0.annotations[ImageIndex.nameAnnotation] == full }
      ?? entries.first { $0.digest == digest && $0.reference?.name == name.name }
  }

  private static func isWholeID(_ word: String) -> Bool {
    word.utf8.count == 64 && word.utf8.allSatisfy(Digest.isDigit) || Digest(word) != nil
  }

  private func image(ofID word: String, _ entries: [Descriptor]) throws(Failure) -> StoredImage? {
    let digits = word.hasPrefix("sha256:") ? String(word.dropFirst(7)) : word
    guard (1...64).contains(digits.utf8.count), digits.utf8.allSatisfy(Digest.isDigit) else { return nil }
    let found = images(of: entries, warn: { _ in }).filter { $0.id.hex.hasPrefix(digits) }
    if found.count > 1 {
      throw Failure(
        "image \(word)", reason: "several images' IDs begin like this", hint: "type more of it")
    }
    return found.first
  }
}

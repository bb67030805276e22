import Images
import OCISpec
import Runtime

/// What `images --filter` keeps.
public struct ImageFilter {
  private let words: FilterWords
  private let isDangling: Bool?
  private var before: Moment?
  private var since: Moment?
  /// Patterns of names; of an image only those that fit are shown.
  public var references: [String] { words["reference"] }

  public init(_ words: [String], _ images: EngineImages) throws {
    self.words = try FilterWords(
      words, known: ["before", "dangling", "label", "label!", "reference", "since", "until"])
    isDangling = try self.words.flag("dangling")
    if let word = self.words["before"].last { before = try images.store.find(word).createdAt }
    if let word = self.words["since"].last { since = try images.store.find(word).createdAt }
    if let text = self.words["until"].last {
      let until = try Moment(flag: "--filter until=", text)
      before = before.map { min($0, until) } ?? until
    }
  }

  public func keeps(_ image: StoredImage) -> Bool {
    let created = image.createdAt
    return (isDangling.map { $0 == image.isDangling } ?? true)
      && (references.isEmpty || image.references.contains { one in references.contains { one.fits($0) } })
      && (before.map { created < $0 } ?? true) && (since.map { $0 < created } ?? true)
      && words.fits(labels: image.config.config.labels)
  }
}

extension StoredImage {
  /// When it was made; 1970 where it does not say.
  public var createdAt: Moment { config.created.flatMap { Moment($0) } ?? Moment(nanoseconds: 0) }
}

extension ImageReference {
  /// Whether it is of a repository, with a tag or without, or a pattern of `*`, `?` and `[…]` fits it. Source:
  /// `reference.FamiliarMatch`, path.Match.
  public func fits(_ pattern: String) -> Bool {
    let name = familiarName
    return PathPattern.matches(pattern, name)
      || tag.map { PathPattern.matches(pattern, "\(name):\($0)") } ?? false
      || digest.map { PathPattern.matches(pattern, "\(name)@\($0)") } ?? false
  }
}

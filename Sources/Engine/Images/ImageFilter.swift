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
    isDangling = try self.words["dangling"].last.map { value throws(Failure) in
      switch value {
      case "true", "1": true
      case "false", "0": false
      default: throw FilterWords.bad("dangling", value, "neither true nor false")
      }
    }
    if let word = self.words["before"].last { before = Self.created(try images.store.find(word)) }
    if let word = self.words["since"].last { since = Self.created(try images.store.find(word)) }
    if let text = self.words["until"].last {
      let until = try Moment(flag: "--filter until=", text)
      before = before.map { min($0, until) } ?? until
    }
  }

  public func keeps(_ image: StoredImage) -> Bool {
    let created = Self.created(image)
    return (isDangling.map { $0 == image.references.isEmpty } ?? true)
      && (references.isEmpty || image.references.contains { one in references.contains { one.fits($0) } })
      && (before.map { created < $0 } ?? true) && (since.map { $0 < created } ?? true)
      && words.fits(labels: image.config.config.labels)
  }

  private static func created(_ image: StoredImage) -> Moment {
    image.config.created.flatMap { Moment($0) } ?? Moment(nanoseconds: 0)
  }
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

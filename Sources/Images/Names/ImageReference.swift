import OCISpec
import Runtime

/// The name of an image: where it comes from, what it is called there, and which of those it is.
///
/// Source: distribution's `reference` package, which says the grammar and what is implied.
public struct ImageReference: Hashable, Sendable {
  /// `docker.io`, or a host with a port perhaps.
  public let registry: String
  /// As in `library/nginx`.
  public let repository: String
  /// Nil where none was said.
  public var tag: String?
  public var digest: Digest?

  /// The registry that is meant where none is said.
  public static let usualRegistry = "docker.io"
  static let usualTag = "latest"
  /// What names of one word are below, in the usual registry.
  static let officialPrefix = "library/"

  /// Takes parts that are known to be well formed.
  init(registry: String, repository: String, tag: String?, digest: Digest?) {
    self.registry = registry
    self.repository = repository
    self.tag = tag
    self.digest = digest
  }

  /// Registry and repository, as in `docker.io/library/nginx`.
  public var name: String { registry + "/" + repository }

  /// The name as people write it, as in `nginx`.
  public var familiarName: String {
    guard registry == Self.usualRegistry else { return name }
    let rest = repository.dropFirst(Self.officialPrefix.count)
    return repository.hasPrefix(Self.officialPrefix) && !rest.contains("/") ? String(rest) : repository
  }

  private var suffix: String { (tag.map { ":" + $0 } ?? "") + (digest.map { "@\($0)" } ?? "") }

  /// All of it, as people write it: `nginx:latest`.
  public var familiar: String { familiarName + suffix }
  /// All of it, with what is implied: `docker.io/library/nginx:latest`.
  public var full: String { name + suffix }

  /// The same with the tag `latest`, where neither a tag nor a digest was said.
  public var tagged: ImageReference {
    var reference = self
    if tag == nil && digest == nil { reference.tag = Self.usualTag }
    return reference
  }

  /// As registries are asked for it: the digest where there is one, else the tag.
  public var tagOrDigest: String { digest?.description ?? tag ?? Self.usualTag }

  /// The repository's image of a digest.
  public func with(digest: Digest) -> ImageReference {
    ImageReference(registry: registry, repository: repository, tag: nil, digest: digest)
  }
}

extension ImageReference: CustomStringConvertible {
  public var description: String { familiar }
}

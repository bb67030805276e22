import OCISpec
import Runtime

/// A container that keeps an image.
public struct ImageUser: Equatable, Sendable {
  /// 64 hexadecimal digits.
  public let container: String
  public let isRunning: Bool
  /// The digest of the manifest that it was made from; nil where that is not known.
  public let manifest: Digest?

  public init(container: String, isRunning: Bool, manifest: Digest? = nil) {
    self.container = container
    self.isRunning = isRunning
    self.manifest = manifest
  }

  /// For people.
  var short: String { String(container.prefix(12)) }
}

/// Which containers use images, by the images' IDs; throws where that cannot be known of one.
public typealias ImageUsers = () throws -> [Digest: [ImageUser]]

/// What has gone, in Docker's words.
public enum RemovedImage: Hashable, Sendable, CustomStringConvertible {
  /// A name as people write it.
  case untagged(String)
  /// An image, or a layer that was unpacked.
  case deleted(Digest)

  public var description: String {
    switch self {
    case .untagged(let name): "Untagged: " + name
    case .deleted(let digest): "Deleted: \(digest)"
    }
  }
}

/// What a removal is to take from the index, found out before anything is changed. Source: moby,
/// daemon/images/image_delete.go; images know no parents here.
struct Removal {
  let image: StoredImage
  let users: [ImageUser]
  let isForced: Bool
  private(set) var untagged: [ImageReference] = []
  private(set) var isDeleted = false

  /// - Parameters:
  ///   - word: as it was typed.
  ///   - name: what the word is the name of; nil for an ID.
  init(
    _ image: StoredImage, word: String, name: ImageReference?, users: [ImageUser], isForced: Bool
  ) throws(Failure) {
    self.image = image
    self.users = users
    self.isForced = isForced
    if let name {
      try remove(name, word: word)
    } else {
      try removeAll()
    }
  }

  /// A name goes; the image goes with its last.
  private mutating func remove(_ name: ImageReference, word: String) throws(Failure) {
    let isLast = Self.isSingle(image.references)
    if !isForced, isLast, let user = users.first {
      throw Failure(
        "conflict: unable to remove repository reference \"\(word)\" (must force) - container \(user.short) "
          + "is using its referenced image \(image.id.short)")
    }
    untagged.append(name)
    var rest = image.references.filter { $0 != name }
    // What is left of a repository without tags are the digests that came with them.
    if name.digest == nil, !rest.contains(where: { $0.digest == nil && $0.name == name.name }) {
      untagged += rest.filter { $0.name == name.name }
      rest.removeAll { $0.name == name.name }
    }
    if !rest.isEmpty { return }
    // Here Docker is silent: the name has gone, and the image stays for its containers.
    isDeleted = isForced ? !users.contains(where: \.isRunning) : users.isEmpty
  }

  private mutating func removeAll() throws(Failure) {
    if let user = users.first(where: \.isRunning) {
      throw conflict("cannot be forced", "image is being used by running container \(user.short)")
    }
    if !isForced {
      if !image.references.isEmpty, !Self.isSingle(image.references) {
        throw conflict("must be forced", "image is referenced in multiple repositories")
      }
      if let user = users.first {
        throw conflict("must be forced", "image is being used by stopped container \(user.short)")
      }
    }
    untagged = image.references
    isDeleted = true
  }

  private func conflict(_ force: String, _ reason: String) -> Failure {
    Failure("conflict: unable to delete \(image.id.short) (\(force)) - \(reason)")
  }

  /// Whether all names are of one repository, and at most one is a tag. False for none.
  private static func isSingle(_ references: [ImageReference]) -> Bool {
    if references.count <= 1 { return references.count == 1 }
    let tags = references.filter { $0.digest == nil }
    if tags.count > 1 { return false }
    let repositories = Set(references.map(\.name))
    return repositories.count == 1
  }
}

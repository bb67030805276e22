import Glibc
import Images
import OCISpec
import Runtime

/// The images of this machine, and who uses them.
public struct EngineImages: Sendable {
  public let roots: EngineRoots
  public let store: ImageStore

  public init(_ roots: EngineRoots = .fromEnvironment()) {
    self.roots = roots
    store = ImageStore(images: roots.images, layers: roots.layers)
  }

  /// What the IMAGE argument of `run` names: a path where it begins like one, else an image of the store, else a
  /// folder after all.
  func resolve(_ word: String) throws -> Image {
    if Self.isPath(word) { return try Image(path: word) }
    if let stored = try store.lookUp(word) { return try Image(stored, store.layers) }
    if Self.isFolder(word) { return try Image(path: word) }
    var missing = ImageStore.missing(word)
    missing.hint = Self.missingFolder(word)
    throw missing
  }

  /// Words for who may have meant a folder that is not there: the first part of the path is one; nil for others.
  public static func missingFolder(_ word: String) -> String? {
    guard let slash = word.firstIndex(of: "/"), isFolder(String(word[...slash])), !isFolder(word) else {
      return nil
    }
    return "nor is there a folder \(word)"
  }

  /// Whether a word is a path and no image of the store.
  public static func isPath(_ word: String) -> Bool { word.hasPrefix("/") || word.hasPrefix(".") }

  /// A name without a slash is never a folder: whoever stands beside a folder `nginx` means the image.
  private static func isFolder(_ word: String) -> Bool {
    var status = stat()
    return word.contains("/") && stat(word, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether `run` finds what a word names.
  public func isThere(_ word: String) throws -> Bool {
    try Self.isPath(word) || Self.isFolder(word) || store.contains(word)
  }

  /// The IDs of an image of the store and of those made from it: more layers above all of its own. None where there is
  /// no such image.
  public func descendants(of word: String) -> [String] {
    guard let image = try? store.lookUp(word) else { return [] }
    let top = image.chainIDs.last
    let made = (try? store.all())?.filter { one in
      top != nil && one.chainIDs.count > image.chainIDs.count && one.chainIDs[image.chainIDs.count - 1] == top
    }
    return [image.id.description] + (made ?? []).map(\.id.description)
  }

  /// Gives an image one more name.
  public func tag(_ word: String, as name: String) throws {
    let lock = try store.hold(.adding)
    let image = try store.find(word)
    let reference = try ImageReference(name)
    if reference.digest != nil {
      throw Failure("tag \(name)", reason: "refusing to create a tag with a digest reference")
    }
    try store.tag(reference, image.manifest)
    lock.release()
    tell("tag", image, reference.tagged.familiar)
  }

  /// While it is held, nothing of the store is collected; nil for what is no image of it.
  func holdUnlessPath(_ word: String) throws -> StoreLock? {
    Self.isPath(word) || !Files.exists(roots.images) ? nil : try store.hold(.adding)
  }

  /// Writes down what has happened to an image.
  public func tell(_ action: String, _ image: StoredImage, _ name: String) {
    EventLog(roots).add(
      EngineEvent(
        type: "image", action: action, actor: image.id.description,
        attributes: [(name: "name", value: name)]
          + image.config.config.labels.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }))
  }

  /// The containers that are made from images of the store, by the images' IDs. Those that cannot be read are left out.
  public func users() -> [Digest: [ImageUser]] { Self.users(Containers(roots).list(warn: { _ in })) }

  private static func users(_ containers: [ListedContainer]) -> [Digest: [ImageUser]] {
    var users: [Digest: [ImageUser]] = [:]
    for listed in containers {
      guard let container = listed.container, let id = Digest(container.imagePlace) else { continue }
      users[id, default: []].append(
        ImageUser(
          container: container.id, isRunning: listed.isActive, manifest: container.imageManifest?.digest))
    }
    return users
  }

  /// The same for who removes images: throws where a container cannot be read, since it may use any of them.
  func allUsers() throws(Failure) -> [Digest: [ImageUser]] {
    let containers = Containers(roots).list(warn: { _ in })
    if let unread = containers.first(where: { $0.container == nil }) {
      throw Failure(
        "find out which images are used", reason: "container \(unread.shortID) cannot be read",
        hint: "swiftainer system check says why; swiftainer rm -f \(unread.shortID) removes it")
    }
    return Self.users(containers)
  }

  /// Removes an image, or a name of it; what has gone, in docker's words.
  public func remove(_ word: String, isForced: Bool) throws -> [String] {
    let image = try store.find(word)
    let removed = try store.remove(word, isForced: isForced) { try allUsers() }
    for one in removed {
      switch one {
      case .untagged(let name): tell("untag", image, name)
      case .deleted(let digest) where digest == image.id: tell("delete", image, digest.description)
      case .deleted: continue
      }
    }
    return removed.map(\.description)
  }

  /// Removes images that no container uses.
  ///
  /// - Parameter tagged: those with names as well.
  public func prune(tagged: Bool, _ filter: PruneFilter) throws -> ImageStore.Pruned {
    try store.prune(tagged: tagged, users: { try allUsers() }) { image in
      filter.keeps(labels: image.config.config.labels, created: image.createdAt)
    }
  }
}

import Glibc
import OCISpec
import Runtime

/// Layers as they are mounted, each in a folder that is called by its chain ID: `CHAIN/fs` and `CHAIN/layer.json`.
/// What has such a name is whole, unless the machine went down before `settle`.
public struct Layers: Sendable {
  /// Absolute.
  public let folder: String

  /// Which boot of the machine this is.
  let boot: String

  init(folder: String, boot: String = Self.currentBoot) {
    self.folder = folder
    self.boot = boot
  }

  /// Short links to the folders, for mounts of many layers.
  var links: String { folder + "/l" }

  func prepare() throws(Failure) { try Files.makeFolders(links, mode: 0o710) }

  func folder(of chain: Digest) -> String { folder + "/" + chain.hex }

  /// Where the files of a layer are, or would be; absolute.
  public func path(of chain: Digest) -> String { folder(of: chain) + "/fs" }

  /// Whether a layer is there.
  public func contains(_ chain: Digest) -> Bool {
    let folder = folder(of: chain)
    return Files.exists(StoredLayer.file(folder)) && isTrusted(folder)
  }

  /// What was said of a layer when it was made; nil where it is not there.
  public func layer(_ chain: Digest) throws(Failure) -> StoredLayer? {
    let folder = folder(of: chain)
    if !Files.exists(folder) { return nil }
    return try StoredLayer.read(chain, folder)
  }

  /// What the files of a layer take, in bytes; nil where it is not there.
  public func size(of chain: Digest) -> Int64? {
    (try? layer(chain)).flatMap { $0?.size }
  }

  /// All layers, in the order of their IDs.
  public func all() -> [Digest] {
    Files.names(in: folder).compactMap { Digest("sha256:" + $0) }.sorted { $0.hex < $1.hex }
  }

  /// Begins to unpack a layer. Waits while somebody else does.
  ///
  /// - Returns: nil where it is there.
  public func begin(_ chain: Digest) throws(Failure) -> LayerDraft? {
    switch try turn(chain, isWaiting: true) {
    case .mine(let draft): return draft
    case .isThere: return nil
    case .isBusy: return nil
    }
  }

  /// Begins to unpack a layer where nobody else is at it. Never waits.
  public func tryBegin(_ chain: Digest) throws(Failure) -> LayerTurn { try turn(chain, isWaiting: false) }

  private func turn(_ chain: Digest, isWaiting: Bool) throws(Failure) -> LayerTurn {
    let path = folder + "/" + Self.draftPrefix + chain.hex
    try prepare()
    while true {
      if contains(chain) { return .isThere }
      if mkdir(path, 0o700) != 0, errno != EEXIST { throw Failure("make folder", path, errno: errno) }
      // Gone again: who had it has put it in place, or given it up.
      guard let opened = try Self.open(path) else { continue }
      if isWaiting {
        try FileLock.lock(opened.raw, LOCK_EX, path)
      } else if try !FileLock.tryLock(opened.raw, LOCK_EX, path) {
        return .isBusy
      }
      if !Files.isInPlace(opened.raw, path) { continue }
      if contains(chain) {
        ScratchFolder.remove(path)
        return .isThere
      }
      return .mine(try LayerDraft(opened, path, chain, self))
    }
  }

  private static func open(_ path: String) throws(Failure) -> OwnedFD? {
    do throws(Failure) {
      return try Files.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    } catch {
      if error.errno != ENOENT { throw error }
      return nil
    }
  }

  static let draftPrefix = ".new-"
  static let remainsPrefix = ".old-"
}

/// Whose turn it is to unpack a layer.
public enum LayerTurn: ~Copyable {
  /// Nobody's: it is there.
  case isThere
  /// Somebody else is at it.
  case isBusy
  case mine(LayerDraft)
}

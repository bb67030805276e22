import Glibc
import Runtime

/// A container's lasting folder, from its making to its removal: under its final name it is whole.
struct ContainerFolder {
  let roots: EngineRoots
  let id: String

  init(_ roots: EngineRoots, _ id: String) {
    self.roots = roots
    self.id = id
  }

  private var final: String { roots.folder(of: id) }
  /// While it is made. A point is in no ID.
  var draft: String { roots.containers + "/.new-" + id }
  /// While it is removed.
  private var remains: String { roots.containers + "/.old-" + id }

  /// Whether the container exists, or is being made by somebody who lives.
  var isThere: Bool {
    if Files.exists(final) { return true }
    guard let draft = try? Files.open(draft, O_RDONLY | O_DIRECTORY) else {
      // It may have got its final name just now.
      return Files.exists(final)
    }
    if flock(draft.raw, LOCK_SH | LOCK_NB) != 0 { return true }
    return Files.exists(final)
  }

  /// Makes the draft; the descriptor says that somebody is at it.
  func makeDraft() throws(Failure) -> OwnedFD {
    while true {
      try Files.makeFolders(draft, mode: 0o710)
      let opened = open(draft, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if opened < 0 {
        if errno == ENOENT { continue }
        throw Failure("open", draft, errno: errno)
      }
      let folder = OwnedFD(opened)
      while flock(folder.raw, LOCK_EX) != 0 {
        if errno != EINTR { throw Failure("lock", draft, errno: errno) }
      }
      // Nobody was at it until now: a check may have taken it for one that was cut short, and removed it.
      if Files.isInPlace(folder.raw, draft) { return folder }
    }
  }

  /// The draft becomes the container.
  func publish() throws(Failure) {
    if rename(draft, final) != 0 { throw Failure("make container folder", final, errno: errno) }
  }

  func discardDraft() { ScratchFolder.remove(draft) }

  /// Waits until nobody else starts, changes or removes the container, and keeps them waiting as long as the
  /// descriptor, or a copy of it, is open.
  func lock() throws(Failure) -> OwnedFD {
    let folder = try Files.open(final, O_RDONLY | O_DIRECTORY)
    while flock(folder.raw, LOCK_EX) != 0 && errno == EINTR {}
    return folder
  }

  /// The lock, where nobody has it now.
  func lockIfFree() -> OwnedFD? { Self.lockIfFree(final) }

  /// The lock of any folder, where nobody has it now.
  static func lockIfFree(_ path: String) -> OwnedFD? {
    guard let folder = try? Files.open(path, O_RDONLY | O_DIRECTORY) else { return nil }
    if flock(folder.raw, LOCK_EX | LOCK_NB) != 0 { return nil }
    // Who had it may have removed the folder, and somebody made another: that one's lock we have not.
    if !Files.isInPlace(folder.raw, path) { return nil }
    return folder
  }

  /// Does something under the lock.
  ///
  /// - Parameter body: is told whether the container is still there.
  func locked(_ body: (Bool) throws -> Void) throws {
    let folder = open(final, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder < 0 && errno != ENOENT { throw Failure("open", final, errno: errno) }
    defer { if folder >= 0 { close(folder) } }
    while folder >= 0, flock(folder, LOCK_EX) != 0, errno == EINTR {}
    // Who had the lock before may have removed it.
    try body(folder >= 0 && Files.exists(final))
  }

  /// Takes the folder away in one moment for whoever looks; `clear` is to follow.
  func retire() throws(Failure) {
    if rename(final, remains) != 0, errno != ENOENT {
      throw Failure("remove container folder", final, errno: errno)
    }
  }

  /// Removes what was taken away, bit by bit.
  func clear() throws(Failure) {
    if !ScratchFolder.remove(remains) { throw stays }
  }

  /// What `clear` throws.
  var stays: Failure { Self.stays(remains) }

  /// Something in a folder could not be removed.
  static func stays(_ path: String) -> Failure {
    Failure(
      "remove", path, reason: "something in it cannot be removed",
      hint: "once that is mended, swiftainer system check removes it")
  }
}

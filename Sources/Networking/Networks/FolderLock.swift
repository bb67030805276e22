import Glibc
import Runtime

/// A folder that nobody else changes for a while.
struct FolderLock: ~Copyable {
  private let opened: OwnedFD
  private let path: String

  /// Waits for a folder's lock, and holds it until a function has ended.
  static func hold<Result>(
    _ path: String, _ body: (borrowing FolderLock) throws -> Result
  ) throws -> Result {
    let lock = try FolderLock(path)
    defer { flock(lock.opened.raw, LOCK_UN) }
    return try body(lock)
  }

  private init(_ path: String) throws(Failure) {
    let folder = try Files.open(path, O_RDONLY | O_DIRECTORY)
    while flock(folder.raw, LOCK_EX) != 0 {
      if errno != EINTR { throw Failure("lock", path, errno: errno) }
    }
    opened = folder
    self.path = path
  }

  /// Whether the folder is where it was: it may have been removed, and another made, while we waited.
  var isInPlace: Bool { Files.isInPlace(opened.raw, path) }
}

import Glibc
import Runtime

/// Locks of files and folders, held as long as a descriptor is open. The corresponding C function is `flock`.
enum FileLock {
  /// Waits for the lock of what is at a path.
  ///
  /// - Parameter operation: `LOCK_SH` or `LOCK_EX`.
  static func hold(_ path: String, _ operation: CInt) throws(Failure) -> OwnedFD {
    let file = try Files.open(path, O_RDONLY)
    try lock(file.raw, operation, path)
    return file
  }

  /// Nil where somebody else has it.
  static func tryHold(_ path: String, _ operation: CInt) throws(Failure) -> OwnedFD? {
    let file = try Files.open(path, O_RDONLY)
    guard try tryLock(file.raw, operation, path) else { return nil }
    return file
  }

  static func lock(_ descriptor: CInt, _ operation: CInt, _ path: String) throws(Failure) {
    while flock(descriptor, operation) != 0 {
      if errno != EINTR { throw Failure("lock", path, errno: errno) }
    }
  }

  /// - Returns: whether it is ours now.
  static func tryLock(_ descriptor: CInt, _ operation: CInt, _ path: String) throws(Failure) -> Bool {
    while flock(descriptor, operation | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { throw Failure("lock", path, errno: errno) }
    }
    return true
  }

  /// Whether something is there and nobody has its lock now.
  static func isFree(_ path: String) -> Bool {
    guard let file = try? Files.open(path, O_RDONLY | O_NOFOLLOW) else { return false }
    if flock(file.raw, LOCK_EX | LOCK_NB) != 0 { return false }
    // Said, and not left to the descriptor's end: a child that another thread forks has a copy of it until it executes.
    flock(file.raw, LOCK_UN)
    return true
  }
}

import Glibc

/// The lock that a monitor holds on its container as long as it lives. The kernel gives it up with the process,
/// whatever ends that: no number can be taken for another's, and no reboot leaves one behind.
///
/// An open file description's lock: it belongs to the descriptor, and asking for it takes nothing.
/// Source: "Open file description locks" in fcntl_locking(2).
public enum LifeLock {
  private static let get: CInt = 36
  private static let set: CInt = 37
  private static let setWaiting: CInt = 38

  static func file(_ folder: String) -> String { folder + "/lock" }

  private static var whole: flock {
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    return lock
  }

  /// Takes the lock; waits for a monitor that is about to end. The descriptor holds it.
  public static func take(_ folder: String) throws(Failure) -> OwnedFD {
    let file = try Files.open(file(folder), O_RDWR | O_CREAT, mode: 0o600)
    var lock = whole
    while fcntl(file.raw, setWaiting, &lock) != 0 {
      if errno != EINTR { throw Failure("lock", Self.file(folder), errno: errno) }
    }
    return file
  }

  /// Whether a monitor lives.
  public static func isHeld(_ folder: String) -> Bool {
    let descriptor = open(file(folder), O_RDWR | O_CLOEXEC)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    var lock = whole
    return fcntl(descriptor, get, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }
}

import Glibc
import Runtime

/// Files that are there whole or not at all, whatever happens to process or machine.
enum DurableFile {
  /// Puts a file in place of another.
  ///
  /// - Parameter drafts: a folder on the same file system; what a killed process leaves is there.
  static func replace(_ path: String, _ bytes: [UInt8], drafts: String) throws(Failure) {
    let draft = drafts + "/" + draftName()
    do throws(Failure) {
      let file = try Files.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
      // So that nobody takes it for one that was left behind.
      flock(file.raw, LOCK_EX)
      try Files.write(bytes, to: file.raw, path)
      // A rename must not reach the disk before its content.
      try sync(file.raw, path)
      if rename(draft, path) != 0 { throw Failure("write", path, errno: errno) }
    } catch {
      unlink(draft)
      throw Failure("write", path, reason: error.reason, errno: error.errno, hint: error.hint)
    }
    try syncFolder(of: path)
  }

  /// A name for a draft that nobody else has. It is no digest.
  static func draftName() -> String { "~" + String(UInt64.random(in: 0...UInt64.max), radix: 16) }

  /// Writes to the disk what an open file or folder has. The corresponding C function is `fsync`.
  static func sync(_ descriptor: CInt, _ path: String) throws(Failure) {
    while fsync(descriptor) != 0 {
      if errno != EINTR { throw Failure("write", path, errno: errno) }
    }
  }

  /// Writes to the disk that something of this path is in its folder, or is there no more.
  static func syncFolder(of path: String) throws(Failure) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let opened = try Files.open(folder, O_RDONLY | O_DIRECTORY)
    try sync(opened.raw, folder)
  }

  /// Whether an error says that no room is left.
  static func isFull(_ code: CInt) -> Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
}

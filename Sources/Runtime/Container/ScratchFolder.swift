import CShim
import Glibc

/// A folder that somebody else has filled, a container or an archive: names may be any bytes, and paths longer than the
/// kernel takes.
public enum ScratchFolder {
  private static let opening = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
  /// `RESOLVE_NO_XDEV`
  private static let staysInMount: UInt64 = 0x01

  /// Removes a folder and all below it; links are removed, not followed, and what is mounted in it is left alone. What
  /// is not there is fine, and so is what is no folder.
  ///
  /// - Returns: whether nothing is left.
  @discardableResult
  public static func remove(_ path: String) -> Bool {
    let top = open(path, opening)
    if top >= 0 {
      clear(top)
      close(top)
    }
    if rmdir(path) == 0 || errno == ENOENT { return true }
    return errno == ENOTDIR && unlink(path) == 0
  }

  /// What is deep is moved up: no path is longer than one name, and no more than three descriptors are open.
  private static func clear(_ top: CInt) {
    while true {
      var folders: [[CChar]] = []
      empty(top) { folders.append($0) }
      // All of them: what one had in it is looked at in the next round.
      let less = folders.filter { reduce($0, in: top) }
      if less.isEmpty { return }
    }
  }

  /// - Returns: whether it is gone, or a folder of it has moved up.
  private static func reduce(_ name: [CChar], in top: CInt) -> Bool {
    let folder = shim_openat2(top, name, UInt64(opening), 0, staysInMount)
    if folder < 0 { return folder == -ENOENT }
    defer { close(folder) }
    var isFlat = true
    var isLess = false
    empty(folder) { below in
      let place = "~" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
      if renameat(folder, below, top, place) == 0 { isLess = true } else { isFlat = false }
    }
    // Between subvolumes, or projects of a quota, nothing can be moved.
    if !isFlat { clear(folder) }
    return unlinkat(top, name, AT_REMOVEDIR) == 0 || errno == ENOENT || isLess
  }

  /// Removes all that is in a folder but folders, and tells of these.
  private static func empty(_ folder: CInt, _ tell: ([CChar]) -> Void) {
    // Another description: reading moves its place.
    let again = openat(folder, ".", opening)
    guard again >= 0, let stream = fdopendir(again) else {
      if again >= 0 { close(again) }
      return
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { name -> [CChar]? in
          if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return nil }
          if Int(entry.pointee.d_type) != DT_DIR, unlinkat(folder, name, 0) == 0 { return nil }
          return Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        }
      }
      if let name { tell(name) }
    }
  }
}

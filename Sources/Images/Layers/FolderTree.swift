import Glibc
import Runtime

/// Folders that somebody else has filled: names may be any bytes, and paths longer than the kernel takes.
enum FolderTree {
  private static let opening = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

  /// Removes a folder and all below it; links are removed, not followed. What is not there is fine.
  static func remove(_ path: String) {
    let top = open(path, opening)
    if top < 0 { return }
    // What is deep is moved up: no path is longer than one name, and no more than three descriptors are open.
    while true {
      var folders: [[CChar]] = []
      empty(top) { folders.append($0) }
      let removed = folders.filter { remove($0, in: top) }
      if removed.count < folders.count || folders.isEmpty { break }
    }
    close(top)
    rmdir(path)
  }

  /// - Returns: whether it is gone.
  private static func remove(_ name: [CChar], in top: CInt) -> Bool {
    let folder = openat(top, name, opening)
    if folder < 0 { return errno == ENOENT }
    defer { close(folder) }
    empty(folder) { renameat(folder, $0, top, "~" + String(UInt64.random(in: 0...UInt64.max), radix: 36)) }
    return unlinkat(top, name, AT_REMOVEDIR) == 0
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

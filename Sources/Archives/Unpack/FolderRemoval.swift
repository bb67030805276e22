import Glibc
import Runtime

/// Removes folders by descriptors.
enum FolderRemoval {
  /// The names in a folder but `.` and `..`, in order.
  static func names(_ folder: CInt, _ path: [UInt8]) throws(Failure) -> [[UInt8]] {
    // Another description: reading moves its place.
    let again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard again >= 0, let stream = fdopendir(again) else {
      let code = errno
      if again >= 0 { close(again) }
      throw Failure("read folder", EntryPath.text(path), errno: code)
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: UInt8.self, capacity: 256) {
          Array(
            UnsafeBufferPointer(
              start: $0, count: strnlen(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self), 256)))
        }
      }
      if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
    }
    if errno != 0 { throw Failure("read folder", EntryPath.text(path), errno: errno) }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Removes a folder and all in it; links are removed, not followed.
  ///
  /// It holds one descriptor at a time, however deep they are: a folder that is not empty is entered, and left by `..`.
  static func remove(_ name: [UInt8], in folder: CInt, _ path: [UInt8]) throws(Failure) {
    func failed(_ operation: String) -> Failure { Failure(operation, EntryPath.text(path), errno: errno) }
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var here = openat(folder, name.cName, flags)
    if here < 0 { throw failed("open") }
    defer { close(here) }
    var inside = [(name: name, entries: try names(here, path))]
    while let current = inside.last {
      var next: CInt
      if let entry = current.entries.last {
        inside[inside.count - 1].entries.removeLast()
        if unlinkat(here, entry.cName, 0) == 0 { continue }
        if errno != EISDIR && errno != EPERM { throw failed("remove") }
        if unlinkat(here, entry.cName, AT_REMOVEDIR) == 0 { continue }
        if errno != ENOTEMPTY && errno != EEXIST { throw failed("remove") }
        next = openat(here, entry.cName, flags)
        if next < 0 { throw failed("open") }
        inside.append((entry, []))
      } else {
        next = openat(here, "..", flags)
        if next < 0 { throw failed("open") }
        inside.removeLast()
        if unlinkat(next, current.name.cName, AT_REMOVEDIR) != 0 {
          close(next)
          throw failed("remove")
        }
      }
      close(here)
      here = next
      if let entered = inside.last, current.entries.last != nil, entered.entries.isEmpty {
        inside[inside.count - 1].entries = try names(here, path)
      }
    }
  }
}

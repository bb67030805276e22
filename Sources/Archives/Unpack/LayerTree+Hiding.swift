import CShim
import Glibc
import Runtime

/// How a layer deletes what those below it have. Source: "whiteouts and opaque directories" in the kernel's
/// Documentation/filesystems/overlayfs.rst.
extension LayerTree {
  /// Whether it is what overlayfs takes for a deletion.
  static func isWhiteout(_ status: stat) -> Bool {
    status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
  }

  /// Hides what the layers below have under a name; not what this layer brings.
  func hide(_ name: [UInt8], in place: Place) throws(Failure) {
    let path = place.join(name)
    // Where all is hidden already, a whiteout would be seen as a device.
    if opaque.contains(place.path) || rest.links.contains(where: { $0.path == path }) { return }
    if mknodat(place.raw, name.cName, S_IFCHR, 0) == 0 {
      try remember(place.path)
      rest.withWhiteouts.insert(place.path)
      return
    }
    if errno != EEXIST { throw Failure("make whiteout", EntryPath.text(path), errno: errno) }
    var status = stat()
    if fstatat(place.raw, name.cName, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFDIR {
      try hideBelow(path)
      rest.folders.remove(path)
    }
  }

  /// Hides what the layers below have in a folder.
  func hideBelow(_ path: [UInt8]) throws(Failure) {
    if opaque.contains(path) { return }
    try remember(path)
    opaque.insert(path)
    let folder = try open(path, O_RDONLY | O_DIRECTORY)
    if rest.withWhiteouts.remove(path) != nil { try Self.removeWhiteouts(folder.raw, path) }
    // The root of an overlay shows all layers, whatever is said of it.
    if path.isEmpty {
      rest.hidesAll = true
      return
    }
    let failed = shim_set_attribute(folder.raw, "trusted.overlay.opaque", "y", 1)
    if failed != 0 { throw Failure("make opaque", EntryPath.text(path), errno: -failed) }
  }

  /// Where nothing is below, an overlay shows whiteouts as devices.
  static func removeWhiteouts(_ folder: CInt, _ path: [UInt8]) throws(Failure) {
    for name in try FolderRemoval.names(folder, path) {
      var status = stat()
      if fstatat(folder, name.cName, &status, AT_SYMLINK_NOFOLLOW) == 0, isWhiteout(status),
        unlinkat(folder, name.cName, 0) != 0
      {
        throw Failure("remove whiteout", EntryPath.text(EntryPath.join(path, name)), errno: errno)
      }
    }
  }
}

import CShim
import Glibc
import Runtime

/// Who owns it, who may do what with it, and what else is said of it.
extension TreeCopy {
  func describe(_ source: borrowing Folder, _ target: borrowing Folder) throws(Failure) {
    var status = stat()
    if fstat(source.raw, &status) != 0 { throw Failure("look at", source.path, errno: errno) }
    try describe(source.raw, status, target.raw, target.path)
  }

  func describe(_ source: CInt, _ status: stat, _ target: CInt, _ path: String) throws(Failure) {
    let (uid, gid) = ids(status)
    // A change of the owner takes away modes and capabilities: they follow. A change of anything moves the times.
    if fchown(target, uid, gid) != 0 { throw Failure("change owner of", path, errno: errno) }
    if fchmod(target, mode(status)) != 0 { throw Failure("change mode of", path, errno: errno) }
    if keepsAttributes {
      let failed = shim_copy_attributes("/proc/self/fd/\(source)", "/proc/self/fd/\(target)", true)
      if failed != 0 { throw Failure("copy extended attributes to", path, errno: -failed) }
    }
    let times = [status.st_atim, status.st_mtim]
    if futimens(target, times) != 0 { throw Failure("change times of", path, errno: errno) }
  }

  /// The same for what is not opened: links, pipes, devices.
  func describeEntry(
    _ name: FileName, _ status: stat, in source: borrowing Folder, _ newName: FileName,
    in target: borrowing Folder
  ) throws(Failure) {
    let path = target.path(newName)
    let (uid, gid) = ids(status)
    if fchownat(target.raw, newName.bytes, uid, gid, AT_SYMLINK_NOFOLLOW) != 0 {
      throw Failure("change owner of", path, errno: errno)
    }
    if status.kind != S_IFLNK {
      let node = try target.open(newName, Folder.pathOnly | O_NOFOLLOW)
      var made = stat()
      // Through a link the mode of something else would be changed.
      guard fstat(node.raw, &made) == 0, made.kind == status.kind else {
        throw Failure("copy", path, reason: "it has changed meanwhile")
      }
      if chmod("/proc/self/fd/\(node.raw)", mode(status)) != 0 {
        throw Failure("change mode of", path, errno: errno)
      }
    }
    if keepsAttributes {
      let failed = shim_copy_attributes(
        FileName("/proc/self/fd/\(source.raw)", name).bytes,
        FileName("/proc/self/fd/\(target.raw)", newName).bytes,
        false)
      if failed != 0 { throw Failure("copy extended attributes to", path, errno: -failed) }
    }
    let times = [status.st_atim, status.st_mtim]
    if utimensat(target.raw, newName.bytes, times, AT_SYMLINK_NOFOLLOW) != 0 {
      throw Failure("change times of", path, errno: errno)
    }
  }

  private func ids(_ status: stat) -> (uid_t, gid_t) {
    switch owner {
    case .kept: (status.st_uid, status.st_gid)
    case .given(let uid, let gid): (uid, gid)
    }
  }

  /// A program that ran as its owner does not run as somebody else.
  private func mode(_ status: stat) -> mode_t {
    owner == .kept || status.kind == S_IFDIR ? status.permissions : status.permissions & 0o1777
  }
}

import CShim
import Glibc

/// Bind sources that the runtime opens: those of idmapped mounts, and those the container's user cannot reach.
enum IDMappedTree {
  /// Opens a detached copy of the source, mapped where the mount asks for it.
  static func open(_ mount: MountStep) throws(Failure) -> CInt {
    guard case .bind(let path, let recursive) = mount.source else {
      preconditionFailure("only bind mounts are opened by the runtime")
    }
    let flags = UInt32(KernelFlags.openTree(recursive: recursive) | KernelFlags.closeOnExec)
    let tree = shim_open_tree(AT_FDCWD, path, flags)
    if tree < 0 { throw Failure("open \(mount.field).source", path, errno: -tree) }
    guard let mapping = mount.idMapping else { return tree }
    do throws(Failure) {
      let namespace = try userNamespace(mapping, mount)
      let at = UInt32(KernelFlags.emptyPath) | (mount.idMapIsRecursive ? UInt32(KernelFlags.recursive) : 0)
      let result = shim_mount_setattr(tree, "", at, MountAttributes.idMap.rawValue, 0, 0, namespace.raw)
      if result < 0 {
        throw Failure("idmap \(mount.field)", path, errno: -result, hint: result == -EINVAL ? "the file system of the source cannot be idmapped" : nil)
      }
    } catch {
      close(tree)
      throw error
    }
    return tree
  }

  /// A user namespace that exists only for its maps.
  private static func userNamespace(_ mapping: IDMapping, _ mount: MountStep) throws(Failure) -> OwnedFD {
    let pid = shim_clone_user_namespace()
    if pid < 0 { throw Failure("make a user namespace for \(mount.field)", errno: -pid) }
    defer {
      kill(pid, SIGKILL)
      var status: CInt = 0
      waitpid(pid, &status, 0)
    }
    do throws(Failure) {
      try Files.set("/proc/\(pid)/uid_map", IDMapping.text(mapping.users))
      try Files.set("/proc/\(pid)/gid_map", IDMapping.text(mapping.groups))
    } catch { throw Failure("map users of \(mount.field)", errno: error.errno) }
    return try Files.open("/proc/\(pid)/ns/user", O_RDONLY)
  }
}

import CShim
import Glibc

/// Bind sources that the runtime opens: those of idmapped mounts, and those the container's user cannot reach.
enum IDMappedTree {
  /// Opens a detached copy of the source, mapped where the mount asks for it.
  static func open(_ mount: MountStep, telling listener: KernelCallListener = .nobody) throws(Failure) -> CInt
  {
    guard case .bind(let path, let recursive) = mount.source else {
      preconditionFailure("only bind mounts are opened by the runtime")
    }
    let flags = UInt32(KernelFlags.openTree(recursive: recursive) | KernelFlags.closeOnExec)
    let tree = shim_open_tree(AT_FDCWD, path, flags)
    listener.tell(.open_tree(.current, path, flags: UInt64(flags)), tree)
    if tree < 0 { throw Failure("open \(mount.field).source", path, errno: -tree) }
    guard let mapping = mount.idMapping else { return tree }
    do throws(Failure) {
      let namespace = try userNamespace(mapping, mount, telling: listener)
      let at = UInt32(KernelFlags.emptyPath) | (mount.idMapIsRecursive ? UInt32(KernelFlags.recursive) : 0)
      let result = shim_mount_setattr(tree, "", at, MountAttributes.idMap.rawValue, 0, 0, namespace.raw)
      let words = [MountAttributes.idMap.rawValue, 0, 0, UInt64(namespace.raw)]
      listener.tell(.mount_setattr(.number(tree), "", at: UInt64(at), words: words), result)
      if result < 0 {
        throw Failure(
          "idmap \(mount.field)", path, errno: -result,
          hint: result == -EINVAL ? "the file system of the source cannot be idmapped" : nil)
      }
    } catch {
      close(tree)
      throw error
    }
    return tree
  }

  /// A user namespace that exists only for its maps.
  private static func userNamespace(
    _ mapping: IDMapping, _ mount: MountStep, telling listener: KernelCallListener
  ) throws(Failure) -> OwnedFD {
    let pid = shim_clone_user_namespace()
    listener.tell(.clone3(flags: NamespaceSet.user.rawValue, exitSignal: UInt64(SIGCHLD)), pid)
    if pid < 0 { throw Failure("make a user namespace for \(mount.field)", errno: -pid) }
    defer {
      kill(pid, SIGKILL)
      var status: CInt = 0
      waitpid(pid, &status, 0)
    }
    for (file, mappings) in [("uid_map", mapping.users), ("gid_map", mapping.groups)] {
      let code = CgroupFile.write(IDMapping.text(mappings), to: "/proc/\(pid)/\(file)", telling: listener)
      if code != 0 { throw Failure("map users of \(mount.field)", errno: code) }
    }
    let file = "/proc/\(pid)/ns/user"
    let namespace = try Files.open(file, O_RDONLY)
    listener.tell(.openat(.current, file, UInt64(O_RDONLY | O_CLOEXEC)), namespace.raw)
    return namespace
  }
}

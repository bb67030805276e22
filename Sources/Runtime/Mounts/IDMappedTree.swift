import CShim
import Glibc

/// Bind sources that the runtime opens: those of idmapped mounts, and those the container's user cannot reach.
enum IDMappedTree {
  /// Opens a detached copy of the source, mapped where the mount asks for it.
  ///
  /// - Parameter locked: the namespace of `lockMounts`, -1 where the container is in no user namespace.
  static func open(
    _ mount: MountStep, locked: CInt = -1, telling listener: KernelCallListener = .nobody
  ) throws(Failure) -> CInt {
    guard case .bind(let path, let recursive) = mount.source else {
      preconditionFailure("only bind mounts are opened by the runtime")
    }
    let flags = UInt32(KernelFlags.openTree(recursive: recursive) | KernelFlags.closeOnExec)
    let tree: CInt
    if let place = ForeignPath(path), locked < 0 {
      tree = try openForeign(place, flags, mount.field, telling: listener)
    } else if locked >= 0 {
      tree = try openLocked(path, flags, in: locked, mount.field, telling: listener)
    } else {
      tree = shim_open_tree(AT_FDCWD, path, flags)
      listener.tell(.open_tree(.current, path, flags: UInt64(flags)), tree)
      if tree < 0 { throw Failure("open \(mount.field).source", path, errno: -tree) }
    }
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

  /// A copy of our mount namespace that belongs to a new user namespace. In such a copy the kernel locks the flags
  /// of each mount, and what is opened there keeps them: a tree that the host has mounted read-only or nosuid could be
  /// made writable by the container's root otherwise. Source: mount_namespaces(7), "Restrictions on mount namespaces".
  static func lockedNamespace(telling listener: KernelCallListener = .nobody) throws(Failure) -> CInt {
    let kinds: NamespaceSet = [.user, .mount]
    let pid = shim_clone_waiting(kinds.rawValue)
    listener.tell(.clone3(flags: kinds.rawValue, exitSignal: UInt64(SIGCHLD)), pid)
    if pid < 0 { throw Failure("make a mount namespace for bind mounts", errno: -pid) }
    defer { end(pid) }
    let file = "/proc/\(pid)/ns/mnt"
    let namespace = Glibc.open(file, O_RDONLY | O_CLOEXEC)
    let code = errno
    listener.tell(.openat(.current, file, UInt64(O_RDONLY | O_CLOEXEC)), namespace < 0 ? -code : namespace)
    if namespace < 0 { throw Failure("open", file, errno: code) }
    return namespace
  }

  private static func openLocked(
    _ path: String, _ flags: UInt32, in namespace: CInt, _ field: String, telling listener: KernelCallListener
  ) throws(Failure) -> CInt {
    let place = try Place()
    try enter(namespace, telling: listener)
    let tree = shim_open_tree(AT_FDCWD, path, flags)
    listener.tell(.open_tree(.current, path, flags: UInt64(flags)), tree)
    try enter(place.namespace.raw, telling: listener)
    try place.takeAgain()
    if tree < 0 {
      throw Failure(
        "open \(field).source", path, errno: -tree,
        hint: tree == -EINVAL
          ? "what is mounted below it must stay covered in a user namespace: use rbind" : nil)
    }
    // In a chroot of ours the same path names another file there.
    if let here = try? Files.open(path, KernelFlags.path), Place.areSame(here.raw, tree) { return tree }
    close(tree)
    throw Failure(
      "open \(field).source", path, reason: "it is another file at the root of this mount namespace",
      hint: "start the runtime outside of a chroot")
  }

  static func enter(_ namespace: CInt, telling listener: KernelCallListener) throws(Failure) {
    let result = shim_setns(namespace, CInt(NamespaceSet.mount.rawValue))
    listener.tell(.setns(.number(namespace), NamespaceSet.mount.rawValue), result)
    if result < 0 { throw Failure("enter a mount namespace", errno: -result) }
  }

  private static func end(_ pid: pid_t) {
    kill(pid, SIGKILL)
    _ = ChildProgram.wait(pid)
  }

  /// A user namespace that exists only for its maps.
  private static func userNamespace(
    _ mapping: IDMapping, _ mount: MountStep, telling listener: KernelCallListener
  ) throws(Failure) -> OwnedFD {
    let pid = shim_clone_waiting(NamespaceSet.user.rawValue)
    listener.tell(.clone3(flags: NamespaceSet.user.rawValue, exitSignal: UInt64(SIGCHLD)), pid)
    if pid < 0 { throw Failure("make a user namespace for \(mount.field)", errno: -pid) }
    defer { end(pid) }
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

/// Where a process stands: who enters a mount namespace loses root and working folder.
struct Place: ~Copyable {
  let namespace: OwnedFD
  private let root: OwnedFD
  private let folder: OwnedFD

  init() throws(Failure) {
    let namespace = try Files.open("/proc/self/ns/mnt", O_RDONLY)
    let root = try Files.open("/", KernelFlags.path | O_DIRECTORY)
    let folder = try Files.open(".", KernelFlags.path | O_DIRECTORY)
    self.namespace = namespace
    self.root = root
    self.folder = folder
  }

  /// Back in the namespace, takes its root and folder again.
  func takeAgain() throws(Failure) {
    let top = try Files.open("/", KernelFlags.path | O_DIRECTORY)
    let isInChroot = !Self.areSame(top.raw, root.raw)
    if isInChroot && (fchdir(root.raw) != 0 || chroot(".") != 0) || fchdir(folder.raw) != 0 {
      throw Failure("return from another mount namespace", errno: errno)
    }
  }

  static func areSame(_ one: CInt, _ other: CInt) -> Bool {
    var (first, second) = (stat(), stat())
    return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }
}

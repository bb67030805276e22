import CShim
import Glibc

extension MountStep {
  /// What the runtime does before the birth for a source that it opens itself.
  ///
  /// - Parameter locked: in the copy of the host's mounts that `lockMounts` made.
  func foreseenPreparation(locked: Bool) -> [KernelCall] {
    guard case .bind(let path, let recursive) = source else { return [] }
    let tree = KernelCall.open_tree(.current, path, flags: Self.treeFlags(recursive))
    let enter = { KernelCall.setns($0, NamespaceSet.mount.rawValue) }
    var open = locked ? [enter("mntnsfd"), tree, enter("ownmntnsfd")] : [tree]
    if let place = ForeignPath(path), !locked {
      open = [
        .openat(.current, place.namespace, UInt64(O_RDONLY | O_CLOEXEC)), enter("mntnsfd"),
        .openat2(.current, place.path, flags: UInt64(KernelFlags.path | O_CLOEXEC), resolve: 0x06),
        .open_tree("folderfd", "", flags: Self.treeFlags(recursive) | 0x1000), enter("ownmntnsfd"),
      ]
    }
    guard let idMapping else { return open }
    let at: UInt64 = 0x1000 | (idMapIsRecursive ? UInt64(KernelFlags.recursive) : 0)
    return open + [.clone3(flags: NamespaceSet.user.rawValue, exitSignal: UInt64(SIGCHLD))]
      + Step.write(IDMapping.text(idMapping.users), to: "/proc/PID/uid_map")
      + Step.write(IDMapping.text(idMapping.groups), to: "/proc/PID/gid_map") + [
        .openat(.current, "/proc/PID/ns/user", UInt64(O_RDONLY | O_CLOEXEC)),
        .mount_setattr(
          "treefd", "", at: at, words: [MountAttributes.idMap.rawValue, 0, 0, 0], userNamespace: "usernsfd"),
      ]
  }

  var foreseenCalls: [KernelCall] {
    var calls: [KernelCall] = []
    if !openedByRuntime {
      switch source {
      case .filesystem(let type, let source, let options):
        calls += Self.newFilesystem(type, source: source, options: options, attributes: attributes)
      case .bind(let path, let recursive):
        calls.append(.open_tree(.current, path, flags: Self.treeFlags(recursive)))
      case .remount(let options):
        calls.append(InRoot.open(destination, refusingLinks: refusesLinks))
        calls += options.map(Self.reconfiguration) ?? []
      }
    }
    // What the copying itself does depends on what the image holds.
    if copyUp { calls.append(InRoot.open(destination, UInt64(O_RDONLY) | InRoot.folder)) }
    for change in changes {
      calls.append(
        .mount_setattr(
          "treefd", "", at: 0x1000 | (change.recursive ? UInt64(KernelFlags.recursive) : 0),
          words: [change.set.rawValue, change.clear.rawValue, change.propagation?.rawValue ?? 0, 0]))
    }
    if isRemount { return calls }
    calls.append(InRoot.open(destination, refusingLinks: refusesLinks))
    // The mode is that of the folder that is covered.
    if keepsMode { calls.append(.fchmodat("treefd", ".", mode: 0o755)) }
    return calls + [InRoot.move()]
  }

  static func newFilesystem(
    _ type: String, source: String, options: [String], attributes: MountAttributes
  ) -> [KernelCall] {
    var calls: [KernelCall] = [.fsopen(type)]
    if !source.isEmpty { calls.append(.fsconfig("fsfd", command: 1, key: "source", value: source)) }
    calls += options.filter { !$0.isEmpty }.map { .fsconfig("fsfd", option: $0) }
    return calls + [.createFilesystem("fsfd"), .fsmount("fsfd", attributes: attributes.rawValue)]
  }

  private static func reconfiguration(_ options: [String]) -> [KernelCall] {
    [.fspick("treefd", "")] + options.filter { !$0.isEmpty }.map { .fsconfig("fsfd", option: $0) }
      + [.fsconfig("fsfd", command: 7)]
  }

  private static func treeFlags(_ recursive: Bool) -> UInt64 {
    UInt64(KernelFlags.openTree(recursive: recursive) | KernelFlags.closeOnExec)
  }
}

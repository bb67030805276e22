import CShim
import Glibc
import OCISpec

extension Step {
  /// What the steps make that build the container's file system; nil for any other step.
  var foreseenFiles: [KernelCall]? {
    switch self {
    case .setPropagation(let path, let propagation, let recursive):
      [
        .mount(
          nil, path, nil, flags: propagation.rawValue | (recursive ? UInt64(KernelFlags.recursiveMount) : 0))
      ]
    case .openRoot(let path, let propagation):
      [Self.openRootTree(path)]
        + (propagation.map { [.mount_setattr("treefd", "", at: 0x1000, words: [0, 0, $0.rawValue, 0])] } ?? [])
        + [Self.mountOverItself(path)]
    case .openRootOverlay(let overlay): overlay.foreseenCalls + [Self.mountOverItself(overlay.target)]
    case .openCurrentRoot, .openDev: [InRoot.open("/dev", InRoot.path | InRoot.folder)]
    case .openProc:
      [
        .fsopen("proc"), .createFilesystem("fsfd"),
        .fsmount("fsfd", attributes: MountAttributes([.noSetUID, .noDevices, .noExecute]).rawValue),
      ]
    case .mount(let mount): mount.foreseenCalls
    case .makeDevice(let device): device.foreseenCalls
    case .linkInDev(let target, let name): [.symlinkat(target, "devfd", name)]
    case .makeFolder(let path):
      [InRoot.open(path), .mkdirat("parentfd", String(path.split(separator: "/").last ?? ""), mode: 0o755)]
    case .openConsole(let console): console.foreseenCalls
    case .pivotRoot(let method): method.foreseenCalls
    case .openNull: [InRoot.open(below: "devfd", "null", InRoot.path | InRoot.noFollow, refusingLinks: true)]
    // The cover is /dev/null for a file, and an empty read-only tmpfs for a folder.
    case .mask(let path): [InRoot.open(path), InRoot.copy("coverfd"), InRoot.move("copyfd")]
    case .makeReadOnly(let path):
      [
        InRoot.open(path), InRoot.copy("targetfd", recursive: true),
        Self.makeReadOnly("copyfd", recursive: true),
        InRoot.move("copyfd"),
      ]
    case .remountReadOnly(let path): [InRoot.open(path), Self.makeReadOnly("targetfd", recursive: false)]
    case .setSysctl(let name, let value):
      Self.writeProc("sys/" + (Sysctl.path(of: name) ?? name), value, refusingLinks: true)
    case .setLabel(let attribute, let value):
      Self.writeProc("thread-self/" + attribute, value, refusingLinks: false)
    default: nil
    }
  }

  private static func openRootTree(_ path: String) -> KernelCall {
    .open_tree(.current, path, flags: UInt64(KernelFlags.openTree(recursive: true) | KernelFlags.closeOnExec))
  }

  private static func mountOverItself(_ path: String) -> KernelCall {
    .move_mount("treefd", "", to: .current, path, flags: 0x4)
  }

  private static func makeReadOnly(_ tree: CallDescriptor, recursive: Bool) -> KernelCall {
    .mount_setattr(
      tree, "", at: 0x1000 | (recursive ? UInt64(KernelFlags.recursive) : 0),
      words: [MountAttributes.readOnly.rawValue, 0, 0, 0])
  }

  private static func writeProc(_ path: String, _ value: String, refusingLinks: Bool) -> [KernelCall] {
    [
      InRoot.open(
        below: "procfd", path, UInt64(O_WRONLY), refusingLinks: refusingLinks, InRoot.noCrossing),
      .write("filefd", value),
    ]
  }
}

extension OverlayRoot {
  var foreseenCalls: [KernelCall] {
    MountStep.newFilesystem(
      "overlay", source: "overlay",
      options: options,
      attributes: [])
  }
}

extension PivotMethod {
  var foreseenCalls: [KernelCall] {
    let rest: [KernelCall] =
      switch self {
      case .pivot: [.pivot_root(".", "."), .umount2(".", flags: 2)]
      case .pivotFromShared:
        [
          .pivot_root(".", "."), .fchdir("oldfd"),
          .mount(nil, ".", nil, flags: MountPropagation.slave.rawValue | UInt64(KernelFlags.recursiveMount)),
          .umount2(".", flags: 2),
        ]
      case .moveAndChroot:
        [
          .mount(".", "/", nil, flags: 8192), KernelCall("umount2", ["...", "MNT_DETACH"]), .chroot("."),
        ]
      }
    return [.fchdir("rootfd")] + rest + [.chdir("/")]
  }
}

extension DeviceStep {
  var foreseenCalls: [KernelCall] {
    let parts = path.split(separator: "/")
    let name = String(parts.last ?? "")
    let isInDev = parts.count == 2 && parts[0] == "dev"
    let folder: CallDescriptor = isInDev ? "devfd" : "folderfd"
    let opened = isInDev ? [] : [InRoot.open("/" + parts.dropLast().joined(separator: "/") + "/")]
    if bind {
      return opened + [
        .open_tree(
          .current, path, flags: UInt64(KernelFlags.openTree(recursive: false) | KernelFlags.closeOnExec)),
        InRoot.open(below: folder, name, InRoot.new | InRoot.noFollow, refusingLinks: false),
        InRoot.open(below: folder, name, InRoot.path | InRoot.noFollow, refusingLinks: true), InRoot.move(),
      ]
    }
    let owner: [KernelCall] =
      uid == 0 && gid == 0 ? [] : [.fchownat(folder, name, uid: uid, gid: gid, flags: 0x100)]
    return opened + [.mknodat(folder, name, mode: mode, device: device)] + owner
  }
}

extension ConsoleStep {
  var foreseenCalls: [KernelCall] {
    let terminal = UInt64(O_RDWR | O_NOCTTY)
    var calls: [KernelCall] = [
      InRoot.open(below: "devfd", "pts/ptmx", terminal | InRoot.noFollow, refusingLinks: true),
      .unlockTerminal("ptmxfd"), .openPeer("ptmxfd", flags: terminal | UInt64(O_CLOEXEC)),
    ]
    if rows != 0 || columns != 0 { calls.append(.resizeTerminal("ptmxfd", rows: rows, columns: columns)) }
    if uid != 0 { calls.append(.fchown("ttyfd", uid: uid, gid: .max)) }
    guard bind else { return calls }
    return calls + [
      InRoot.open(below: "devfd", "console", InRoot.new | InRoot.noFollow, refusingLinks: false),
      InRoot.open(below: "devfd", "console", InRoot.path | InRoot.noFollow, refusingLinks: true),
      InRoot.copy("ttyfd"), InRoot.move("copyfd"),
    ]
  }
}

extension Step {
  /// The reason of the steps that build the container's file system; nil for any other step.
  var reasonAsFile: String? {
    switch self {
    case .setPropagation(_, .slave, _):
      "mounts made inside stay inside, while what the host unmounts goes away inside as well"
    case .setPropagation(_, .shared, _): "the configuration wants mounts made inside to be seen outside"
    case .setPropagation(_, .private, recursive: false):
      "the mount of the root file system itself stays inside: pivot_root refuses a shared one"
    case .setPropagation: "no mount or unmount crosses the border of the namespace any more"
    case .openRoot:
      "pivot_root needs a mount point, so the folder is mounted over itself; held by descriptor from now on"
    case .openRootOverlay:
      "the layers of the image are stacked and stay as they are: whatever is written goes to a layer of its own"
    case .openCurrentRoot:
      "everything is reached from here by descriptor, never by a path that could be a link"
    case .openProc:
      "settings are written through a proc that is mounted nowhere, so nothing in the container can stand in for it "
        + "(CVE-2025-52881)"
    case .mount(let mount): mount.reason
    case .openDev:
      "opened once, inside the root: wherever a link of the image leads, devices are made nowhere else"
    case .makeDevice(let device):
      device.bind
        ? "a user namespace may not make device nodes, so the host's is bound; the cgroup's filter still decides"
        : "every program expects these few harmless nodes; which others may be used is up to the cgroup's filter"
    case .linkInDev(_, "ptmx"):
      "programs that make terminals look for it there; it leads to the container's own"
    case .linkInDev: "shells expect it, as in <(command) or > /dev/stderr"
    case .makeFolder: "the program starts in this folder, so it has to exist, as with Docker"
    case .openConsole:
      "the terminal belongs to the container's own devpts, and only its master leaves, over a socket"
    case .pivotRoot(.moveAndChroot):
      "an initial ramfs cannot be pivoted away: the root is moved over it instead; what is mounted there goes, since a "
        + "proc that lies open anywhere allows a user namespace one with nothing masked"
    case .pivotRoot:
      "the host's tree is detached and gone for good, where chroot would merely hide it; no folder is needed for it"
    case .openNull:
      "opened once and checked to be the null device: a forged /dev/null must not hide anything (CVE-2025-31133)"
    case .mask:
      "tells of the host, or changes it, and belongs to no namespace: it is covered with something empty"
    case .makeReadOnly(let path) where path.hasPrefix("/sys/fs/cgroup"):
      "the container may look at its limits, and not change them"
    case .makeReadOnly: "its settings belong to the whole machine: they may be read, not written"
    case .remountReadOnly: "only now, since the targets of mounts had to be made in it before"
    case .setSysctl: "kernel settings of its own namespaces, written while we still may"
    default: nil
    }
  }
}

extension MountStep {
  var reasonForPreparation: String {
    if case .bind(let path, _) = source, idMapping == nil, ForeignPath(path) != nil {
      return "it is mounted in another container, and only who is in there can take hold of it"
    }
    return idMapping == nil
      ? "opened now, while the host's path and rights still hold: the container's users could not reach it"
      : "opened and mapped from outside: files belong to the container's users without a change on the disk"
  }

  fileprivate var reason: String {
    switch source {
    case .filesystem("sysfs", _, _) where attributes.contains(.readOnly):
      "shows the devices of the new network namespace; read-only, since the rest is the machine's"
    case .filesystem(let type, _, _): Self.reason(ofFilesystem: type, on: destination)
    case .bind(_, let recursive):
      (changes.contains { $0.set.contains(.readOnly) }
        ? "a tree of the host, to be read and not written; made read-only before anyone can see it"
        : "a tree of the host, seen at another place") + (recursive ? ", with what is mounted in it" : "")
        + "; both ends by descriptor"
    case .remount(nil):
      "changes the flags of this mount alone: the same tree is as it was wherever else it is seen"
    case .remount:
      "changes the file system itself, wherever it is seen, and the mount; only what is named changes"
    }
  }

  private static func reason(ofFilesystem type: String, on destination: String) -> String {
    switch (type, destination) {
    case ("proc", _):
      "shows the processes of the new pid namespace alone; the host's proc would show, and hand out, everything"
    case ("sysfs", _): "shows the devices of the new network namespace, and the machine's"
    case ("devpts", _): "terminals of its own, numbered from 0, invisible to everyone else"
    case ("mqueue", _): "shows the message queues of the new ipc namespace"
    case ("tmpfs", "/dev"):
      "an empty folder in memory: the container gets the few devices made there and no others"
    case ("tmpfs", "/dev/shm"): "shared memory of its own, with a limit, and gone when the container ends"
    case ("tmpfs", "/sys/fs/cgroup"):
      "a folder for each hierarchy, since this machine still has some controllers on cgroup v1"
    case ("tmpfs", _): "memory that is a folder: gone when the container ends"
    case ("cgroup", _), ("cgroup2", _): "its own limits and use, and nothing of its neighbours"
    default: "a file system of its own, made detached and attached when it is complete"
    }
  }
}

import OCISpec

/// What a container gets unless told otherwise: the parts of a configuration that most containers share.
public enum DefaultSpec {
  public static let environment = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
  ]

  /// Everything but the user namespace, whose mappings depend on the caller, and the time namespace, which few want.
  public static let namespaces: [LinuxNamespace] =
    [.pid, .network, .ipc, .uts, .mount, .cgroup].map { LinuxNamespace(type: $0) }

  /// The file systems that programs expect, with the least they need.
  public static let mounts: [Mount] = [
    Mount(destination: "/proc", type: "proc", source: "proc"),
    Mount(
      destination: "/dev", type: "tmpfs", source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    Mount(
      destination: "/dev/pts", type: "devpts", source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
    Mount(
      destination: "/dev/shm", type: "tmpfs", source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
    Mount(
      destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
    Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
    Mount(
      destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", "ro"]),
  ]

  /// No device but the default ones, which the runtime adds.
  public static let devices = [LinuxDeviceCgroup(allow: false, access: "rwm")]

  /// The part that is particular to Linux.
  public static func linux() -> Linux {
    Linux(
      namespaces: namespaces, resources: LinuxResources(devices: devices), maskedPaths: DefaultPaths.masked(),
      readonlyPaths: DefaultPaths.readOnly)
  }

  /// A configuration to start from, as `spec` writes it: a shell with a terminal and few rights.
  ///
  /// No resource limits are set: raising one takes a privilege that not every machine has.
  public static func starter() -> Spec {
    let capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    return Spec(
      root: Root(path: "rootfs", readonly: true),
      process: Process(
        terminal: true, args: ["sh"], env: environment, cwd: "/",
        capabilities: LinuxCapabilities(
          bounding: capabilities, effective: capabilities, permitted: capabilities),
        noNewPrivileges: true),
      hostname: "swiftainer", mounts: mounts, linux: linux())
  }
}

extension Spec {
  /// Adapts a configuration to a runtime without privileges: the container's root is the caller, and what only
  /// the host's root may do is left out.
  ///
  /// - Parameters:
  ///   - uid: the user who becomes root in the container.
  ///   - gid: the group likewise.
  public mutating func makeRootless(uid: UInt32, gid: UInt32) {
    var linux = linux ?? Linux()
    // A network namespace would have no way out: making one takes privileges.
    linux.namespaces.removeAll { $0.type == .network || $0.type == .user }
    linux.namespaces.append(LinuxNamespace(type: .user))
    linux.uidMappings = [LinuxIDMapping(containerID: 0, hostID: uid, size: 1)]
    linux.gidMappings = [LinuxIDMapping(containerID: 0, hostID: gid, size: 1)]
    linux.resources = nil
    self.linux = linux
    for index in mounts.indices {
      if mounts[index].destination == "/sys" {
        // A new sysfs belongs to the network namespace's owner, who is the host's root.
        mounts[index] = Mount(
          destination: "/sys", type: "none", source: "/sys",
          options: ["rbind", "nosuid", "noexec", "nodev", "ro"])
      }
      // Only one user and one group are mapped.
      mounts[index].options.removeAll { $0.hasPrefix("uid=") || $0.hasPrefix("gid=") }
    }
  }
}

/// What is particular to Linux. Source: runtime-spec 1.3.0, config-linux.md.
public struct Linux: Equatable, Sendable {
  /// The namespaces to make or join; the others are the runtime's own.
  public var namespaces: [LinuxNamespace]
  /// The user IDs of a new user namespace.
  public var uidMappings: [LinuxIDMapping]
  /// The group IDs of a new user namespace.
  public var gidMappings: [LinuxIDMapping]
  /// The offsets of a new time namespace, by clock: `monotonic` or `boottime`.
  public var timeOffsets: [String: LinuxTimeOffset]
  /// Device nodes beside the default ones.
  public var devices: [LinuxDevice]
  /// The host's network devices to move into the container, by their name on the host.
  public var netDevices: [String: LinuxNetDevice]
  /// The cgroup: relative to the mount point, or `slice:prefix:name` with systemd.
  public var cgroupsPath: String?
  /// Limits of the cgroup.
  public var resources: LinuxResources?
  /// Cache and memory bandwidth control by resctrl.
  public var intelRdt: LinuxIntelRdt?
  /// The NUMA memory policy.
  public var memoryPolicy: LinuxMemoryPolicy?
  /// Kernel parameters of the container's own namespaces, in the dotted form.
  public var sysctl: [String: String]
  /// The system call filter.
  public var seccomp: SeccompSection?
  /// The propagation of the root mount: `shared`, `slave`, `private` or `unbindable`.
  public var rootfsPropagation: String?
  /// Paths that cannot be read.
  public var maskedPaths: [String]
  /// Paths that cannot be written.
  public var readonlyPaths: [String]
  /// The SELinux label of the container's mounts.
  public var mountLabel: String?
  /// The execution domain.
  public var personality: LinuxPersonality?

  public init(
    namespaces: [LinuxNamespace] = [], uidMappings: [LinuxIDMapping] = [],
    gidMappings: [LinuxIDMapping] = [], timeOffsets: [String: LinuxTimeOffset] = [:],
    devices: [LinuxDevice] = [], netDevices: [String: LinuxNetDevice] = [:], cgroupsPath: String? = nil,
    resources: LinuxResources? = nil, intelRdt: LinuxIntelRdt? = nil,
    memoryPolicy: LinuxMemoryPolicy? = nil, sysctl: [String: String] = [:],
    seccomp: SeccompSection? = nil, rootfsPropagation: String? = nil, maskedPaths: [String] = [],
    readonlyPaths: [String] = [], mountLabel: String? = nil, personality: LinuxPersonality? = nil
  ) {
    self.namespaces = namespaces
    self.uidMappings = uidMappings
    self.gidMappings = gidMappings
    self.timeOffsets = timeOffsets
    self.devices = devices
    self.netDevices = netDevices
    self.cgroupsPath = cgroupsPath
    self.resources = resources
    self.intelRdt = intelRdt
    self.memoryPolicy = memoryPolicy
    self.sysctl = sysctl
    self.seccomp = seccomp
    self.rootfsPropagation = rootfsPropagation
    self.maskedPaths = maskedPaths
    self.readonlyPaths = readonlyPaths
    self.mountLabel = mountLabel
    self.personality = personality
  }
}

/// The execution domain. Source: personality(2).
public struct LinuxPersonality: Equatable, Sendable {
  /// The domain.
  public var domain: LinuxPersonalityDomain
  /// Further flags. The specification defines none.
  public var flags: [String]

  public init(domain: LinuxPersonalityDomain, flags: [String] = []) {
    self.domain = domain
    self.flags = flags
  }
}

/// An execution domain. Source: personality(2).
public enum LinuxPersonalityDomain: String, CaseIterable, Sendable {
  case linux = "LINUX"
  case linux32 = "LINUX32"
}

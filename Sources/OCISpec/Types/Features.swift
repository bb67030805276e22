/// What a runtime supports, as `features` prints it. Source: runtime-spec 1.3.0, features.md. An absent
/// list or value means "unknown".
public struct Features: Equatable, Sendable {
  /// The oldest version of the specification that is understood.
  public var ociVersionMin: String
  /// The newest version of the specification that is understood.
  public var ociVersionMax: String
  /// The hooks by name.
  public var hooks: [String]?
  /// The mount options, without those of particular file systems.
  public var mountOptions: [String]?
  /// What is particular to Linux.
  public var linux: LinuxFeatures?
  /// Versions of components, and extensions.
  public var annotations: [String: String]
  /// Annotations in configurations that change how the runtime behaves.
  public var potentiallyUnsafeConfigAnnotations: [String]?

  public init(
    ociVersionMin: String, ociVersionMax: String, hooks: [String]? = nil, mountOptions: [String]? = nil,
    linux: LinuxFeatures? = nil, annotations: [String: String] = [:],
    potentiallyUnsafeConfigAnnotations: [String]? = nil
  ) {
    self.ociVersionMin = ociVersionMin
    self.ociVersionMax = ociVersionMax
    self.hooks = hooks
    self.mountOptions = mountOptions
    self.linux = linux
    self.annotations = annotations
    self.potentiallyUnsafeConfigAnnotations = potentiallyUnsafeConfigAnnotations
  }
}

/// What a runtime supports on Linux. Source: runtime-spec 1.3.0, features-linux.md.
public struct LinuxFeatures: Equatable, Sendable {
  /// The namespaces by type.
  public var namespaces: [String]?
  /// The capabilities by name.
  public var capabilities: [String]?
  /// Control groups.
  public var cgroup: CgroupFeatures?
  /// System call filters.
  public var seccomp: SeccompFeatures?
  /// AppArmor.
  public var apparmor: FeatureSwitch?
  /// SELinux.
  public var selinux: FeatureSwitch?
  /// The resctrl file system.
  public var intelRdt: IntelRdtFeatures?
  /// NUMA memory policies.
  public var memoryPolicy: MemoryPolicyFeatures?
  /// What mounts can do beyond the ordinary.
  public var mountExtensions: MountExtensions?
  /// Moving network devices.
  public var netDevices: FeatureSwitch?

  public init(
    namespaces: [String]? = nil, capabilities: [String]? = nil, cgroup: CgroupFeatures? = nil,
    seccomp: SeccompFeatures? = nil, apparmor: FeatureSwitch? = nil, selinux: FeatureSwitch? = nil,
    intelRdt: IntelRdtFeatures? = nil, memoryPolicy: MemoryPolicyFeatures? = nil,
    mountExtensions: MountExtensions? = nil, netDevices: FeatureSwitch? = nil
  ) {
    self.namespaces = namespaces
    self.capabilities = capabilities
    self.cgroup = cgroup
    self.seccomp = seccomp
    self.apparmor = apparmor
    self.selinux = selinux
    self.intelRdt = intelRdt
    self.memoryPolicy = memoryPolicy
    self.mountExtensions = mountExtensions
    self.netDevices = netDevices
  }
}

/// A feature that is there or not, whatever the host supports.
public struct FeatureSwitch: Equatable, Sendable {
  /// Whether the runtime has it.
  public var enabled: Bool?

  public init(enabled: Bool? = nil) {
    self.enabled = enabled
  }
}

/// Which control groups a runtime supports, whatever the host uses.
public struct CgroupFeatures: Equatable, Sendable {
  /// Version 1.
  public var v1: Bool?
  /// Version 2.
  public var v2: Bool?
  /// Through systemd.
  public var systemd: Bool?
  /// Through a user's systemd.
  public var systemdUser: Bool?
  /// The rdma controller.
  public var rdma: Bool?

  public init(
    v1: Bool? = nil, v2: Bool? = nil, systemd: Bool? = nil, systemdUser: Bool? = nil, rdma: Bool? = nil
  ) {
    self.v1 = v1
    self.v2 = v2
    self.systemd = systemd
    self.systemdUser = systemdUser
    self.rdma = rdma
  }
}

/// What a runtime knows of system call filters.
public struct SeccompFeatures: Equatable, Sendable {
  /// Whether it can filter at all.
  public var enabled: Bool?
  /// The actions.
  public var actions: [String]?
  /// The comparisons.
  public var operators: [String]?
  /// The architectures.
  public var archs: [String]?
  /// The flags it knows.
  public var knownFlags: [String]?
  /// The flags that also work here.
  public var supportedFlags: [String]?

  public init(
    enabled: Bool? = nil, actions: [String]? = nil, operators: [String]? = nil, archs: [String]? = nil,
    knownFlags: [String]? = nil, supportedFlags: [String]? = nil
  ) {
    self.enabled = enabled
    self.actions = actions
    self.operators = operators
    self.archs = archs
    self.knownFlags = knownFlags
    self.supportedFlags = supportedFlags
  }
}

/// What a runtime knows of the resctrl file system.
public struct IntelRdtFeatures: Equatable, Sendable {
  /// Whether it supports `linux.intelRdt`.
  public var enabled: Bool?
  /// Whether it supports its `schemata`.
  public var schemata: Bool?
  /// Whether it supports its `enableMonitoring`.
  public var monitoring: Bool?

  public init(enabled: Bool? = nil, schemata: Bool? = nil, monitoring: Bool? = nil) {
    self.enabled = enabled
    self.schemata = schemata
    self.monitoring = monitoring
  }
}

/// What a runtime knows of NUMA memory policies.
public struct MemoryPolicyFeatures: Equatable, Sendable {
  /// The modes.
  public var modes: [String]?
  /// The flags.
  public var flags: [String]?

  public init(modes: [String]? = nil, flags: [String]? = nil) {
    self.modes = modes
    self.flags = flags
  }
}

/// What mounts can do beyond the ordinary.
public struct MountExtensions: Equatable, Sendable {
  /// ID-mapped mounts.
  public var idmap: FeatureSwitch?

  public init(idmap: FeatureSwitch? = nil) {
    self.idmap = idmap
  }
}

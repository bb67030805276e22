/// Cache and memory bandwidth control by the resctrl file system. Source: runtime-spec 1.3.0,
/// config-linux.md, "IntelRdt".
public struct LinuxIntelRdt: Equatable, Sendable {
  /// The class of service; absent means one named after the container, `/` the default one.
  public var closID: String?
  /// Lines to write to `schemata`, after the two below.
  public var schemata: [String]?
  /// The L3 cache schema, as in `L3:0=7f0;1=1f`.
  public var l3CacheSchema: String?
  /// The memory bandwidth schema, as in `MB:0=20;1=70`.
  public var memBwSchema: String?
  /// Whether the container gets a monitoring group. Read from `enableCMT` and `enableMBM` as well, which it has
  /// replaced.
  public var enableMonitoring: Bool?

  public init(
    closID: String? = nil, schemata: [String]? = nil, l3CacheSchema: String? = nil,
    memBwSchema: String? = nil, enableMonitoring: Bool? = nil
  ) {
    self.closID = closID
    self.schemata = schemata
    self.l3CacheSchema = l3CacheSchema
    self.memBwSchema = memBwSchema
    self.enableMonitoring = enableMonitoring
  }
}

/// The NUMA memory policy. Source: set_mempolicy(2), runtime-spec 1.3.0, config-linux.md, "Memory
/// policy".
public struct LinuxMemoryPolicy: Equatable, Sendable {
  /// The policy.
  public var mode: MemoryPolicyModeType
  /// The memory nodes, as in `0-1,3`.
  public var nodes: String?
  /// The mode's flags.
  public var flags: [MemoryPolicyFlagType]

  public init(mode: MemoryPolicyModeType, nodes: String? = nil, flags: [MemoryPolicyFlagType] = []) {
    self.mode = mode
    self.nodes = nodes
    self.flags = flags
  }
}

/// A NUMA memory policy. Source: set_mempolicy(2).
public enum MemoryPolicyModeType: String, CaseIterable, Sendable {
  case systemDefault = "MPOL_DEFAULT"
  case bind = "MPOL_BIND"
  case interleave = "MPOL_INTERLEAVE"
  case weightedInterleave = "MPOL_WEIGHTED_INTERLEAVE"
  case preferred = "MPOL_PREFERRED"
  case preferredMany = "MPOL_PREFERRED_MANY"
  case local = "MPOL_LOCAL"
}

/// A flag of a NUMA memory policy. Source: set_mempolicy(2).
public enum MemoryPolicyFlagType: String, CaseIterable, Sendable {
  case numaBalancing = "MPOL_F_NUMA_BALANCING"
  case relativeNodes = "MPOL_F_RELATIVE_NODES"
  case staticNodes = "MPOL_F_STATIC_NODES"
}

/// The limits of a container's cgroup. Source: runtime-spec 1.3.0, config-linux.md, "Control groups".
public struct LinuxResources: Equatable, Sendable {
  /// The device rules, in the order in which they apply.
  public var devices: [LinuxDeviceCgroup]
  /// The memory controller.
  public var memory: LinuxMemory?
  /// The cpu and cpuset controllers.
  public var cpu: LinuxCPU?
  /// The pids controller.
  public var pids: LinuxPids?
  /// The block I/O controller.
  public var blockIO: LinuxBlockIO?
  /// The hugetlb controller.
  public var hugepageLimits: [LinuxHugepageLimit]
  /// The net_cls and net_prio controllers of cgroup v1.
  public var network: LinuxNetwork?
  /// The rdma controller, by device.
  public var rdma: [String: LinuxRdma]
  /// Files of cgroup v2 and what is written to them.
  public var unified: [String: String]

  public init(
    devices: [LinuxDeviceCgroup] = [], memory: LinuxMemory? = nil, cpu: LinuxCPU? = nil,
    pids: LinuxPids? = nil, blockIO: LinuxBlockIO? = nil, hugepageLimits: [LinuxHugepageLimit] = [],
    network: LinuxNetwork? = nil, rdma: [String: LinuxRdma] = [:], unified: [String: String] = [:]
  ) {
    self.devices = devices
    self.memory = memory
    self.cpu = cpu
    self.pids = pids
    self.blockIO = blockIO
    self.hugepageLimits = hugepageLimits
    self.network = network
    self.rdma = rdma
    self.unified = unified
  }
}

/// Memory limits in bytes; -1 means unlimited.
public struct LinuxMemory: Equatable, Sendable {
  /// The hard limit.
  public var limit: Int64?
  /// The soft limit.
  public var reservation: Int64?
  /// The limit of memory and swap together.
  public var swap: Int64?
  /// Deprecated: the limit of kernel memory.
  public var kernel: Int64?
  /// Deprecated: the limit of TCP buffers.
  public var kernelTCP: Int64?
  /// How readily the kernel swaps, 0...100.
  public var swappiness: UInt64?
  /// Whether processes wait instead of being killed when memory ends.
  public var disableOOMKiller: Bool?
  /// Whether child cgroups count towards the limits.
  public var useHierarchy: Bool?
  /// Whether an update below the current use is refused.
  public var checkBeforeUpdate: Bool?

  public init(
    limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, kernel: Int64? = nil,
    kernelTCP: Int64? = nil, swappiness: UInt64? = nil, disableOOMKiller: Bool? = nil,
    useHierarchy: Bool? = nil, checkBeforeUpdate: Bool? = nil
  ) {
    self.limit = limit
    self.reservation = reservation
    self.swap = swap
    self.kernel = kernel
    self.kernelTCP = kernelTCP
    self.swappiness = swappiness
    self.disableOOMKiller = disableOOMKiller
    self.useHierarchy = useHierarchy
    self.checkBeforeUpdate = checkBeforeUpdate
  }
}

/// CPU time and placement.
public struct LinuxCPU: Equatable, Sendable {
  /// The weight against other cgroups, 2...262144.
  public var shares: UInt64?
  /// The run time per period, in microseconds; -1 means unlimited.
  public var quota: Int64?
  /// The run time that may be saved up, in microseconds.
  public var burst: UInt64?
  /// The period, in microseconds.
  public var period: UInt64?
  /// The realtime run time per period, in microseconds.
  public var realtimeRuntime: Int64?
  /// The realtime period, in microseconds.
  public var realtimePeriod: UInt64?
  /// The CPUs, as in `0-3,7`.
  public var cpus: String?
  /// The memory nodes, as in `0-1`.
  public var mems: String?
  /// 1 gives the cgroup only idle time, 0 is the ordinary behaviour.
  public var idle: Int64?

  public init(
    shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil,
    realtimeRuntime: Int64? = nil, realtimePeriod: UInt64? = nil, cpus: String? = nil,
    mems: String? = nil, idle: Int64? = nil
  ) {
    self.shares = shares
    self.quota = quota
    self.burst = burst
    self.period = period
    self.realtimeRuntime = realtimeRuntime
    self.realtimePeriod = realtimePeriod
    self.cpus = cpus
    self.mems = mems
    self.idle = idle
  }
}

/// The number of tasks.
public struct LinuxPids: Equatable, Sendable {
  /// The most tasks; -1 means unlimited.
  public var limit: Int64?

  public init(limit: Int64? = nil) {
    self.limit = limit
  }
}

/// The limit of one size of huge pages.
public struct LinuxHugepageLimit: Equatable, Sendable {
  /// The page size, as in `2MB`.
  public var pageSize: String
  /// The limit in bytes.
  public var limit: UInt64

  public init(pageSize: String, limit: UInt64) {
    self.pageSize = pageSize
    self.limit = limit
  }
}

/// Marks of network packets, on cgroup v1.
public struct LinuxNetwork: Equatable, Sendable {
  /// The class of net_cls.
  public var classID: UInt32?
  /// The priorities of net_prio.
  public var priorities: [LinuxInterfacePriority]

  public init(classID: UInt32? = nil, priorities: [LinuxInterfacePriority] = []) {
    self.classID = classID
    self.priorities = priorities
  }
}

/// The priority of traffic through one interface.
public struct LinuxInterfacePriority: Equatable, Sendable {
  /// The interface's name on the host.
  public var name: String
  /// The priority.
  public var priority: UInt32

  public init(name: String, priority: UInt32) {
    self.name = name
    self.priority = priority
  }
}

/// The limits of one RDMA device.
public struct LinuxRdma: Equatable, Sendable {
  /// The most HCA handles.
  public var hcaHandles: UInt32?
  /// The most HCA objects.
  public var hcaObjects: UInt32?

  public init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
    self.hcaHandles = hcaHandles
    self.hcaObjects = hcaObjects
  }
}

import OCISpec

/// What is to be done for a container's cgroup: plain data, compared with `==` in tests and shown by
/// `--explain`. `Cgroup` does it.
///
/// Order of doing: folders, controllers, checks, writes, device filter; then the process joins. So no process
/// is ever in a cgroup whose limits are not written yet.
public struct CgroupPlan: Equatable, Sendable {
  /// The cgroup on cgroup v2, which every container has: it is frozen, killed and counted through this one.
  public var unified: CgroupFolder
  /// The cgroups on cgroup v1 hierarchies that must be made and joined: only those that a limit or counting
  /// needs, because joining costs time (docs/design/0002-hybrid-cgroups.md).
  public var legacy: [CgroupFolder]
  /// Controllers of cgroup v2 that a limit needs: failing to enable one is an error.
  public var required: [ControllerRequest]
  /// Controllers of cgroup v2 to enable for the sake of statistics: failing is no error.
  public var accounting: [CgroupController]
  /// What must hold before anything is written.
  public var checks: [CgroupCheck]
  /// The limits, in the order in which the kernel accepts them.
  public var writes: [CgroupWrite]
  /// The device filter; nil leaves the cgroup as it is.
  public var devices: DeviceFilter?
  /// Whether the cgroup is a unit that systemd has made before.
  public var isUnit = false

  init(unified: CgroupFolder) {
    self.unified = unified
    legacy = []
    required = []
    accounting = []
    checks = []
    writes = []
  }

  /// The folders to make, in order: parents before children, cgroup v2 first.
  public var folders: [String] {
    ((isUnit ? [] : [unified]) + legacy).flatMap { $0.parents + [$0.leaf] }
  }
}

/// A cgroup v2 controller to enable, and the field that asks for it.
public struct ControllerRequest: Equatable, Sendable {
  public var controller: CgroupController
  /// A JSON path, as in `linux.resources.memory.limit`.
  public var field: String

  public init(_ controller: CgroupController, field: String) {
    self.controller = controller
    self.field = field
  }
}

/// One value to write into one file.
public struct CgroupWrite: Equatable, Sendable {
  /// What a missing file means.
  public enum Absence: Equatable, Sendable {
    /// The limit cannot be applied: an error.
    case fails
    /// The kernel lacks the feature, and does without it what the value asks for.
    case isFine
    /// Another file takes its place.
    case instead(file: String, value: String)
  }

  /// The absolute path.
  public var file: String
  public var value: String
  /// The JSON path of what asks for it.
  public var field: String
  /// Why, or how the value came about, for people.
  public var note: String
  public var ifAbsent: Absence

  public init(
    _ file: String, _ value: String, field: String, note: String, ifAbsent: Absence = .fails
  ) {
    self.file = file
    self.value = value
    self.field = field
    self.note = note
    self.ifAbsent = ifAbsent
  }
}

/// A use in bytes that must be below a new limit. Source: `checkBeforeUpdate` of runtime-spec.
public struct CgroupCheck: Equatable, Sendable {
  /// The files whose sum is the present use; one that cannot be read counts as 0.
  public var usage: [String]
  public var limit: Int64
  public var field: String

  public init(usage: [String], below limit: Int64, field: String) {
    self.usage = usage
    self.limit = limit
    self.field = field
  }
}

/// What is in force in a live cgroup: an update needs it where one value is written in terms of another.
public struct CgroupCurrent: Equatable, Sendable {
  /// The memory limit in bytes, -1 for none.
  public var memoryLimit: Int64?
  /// The limit of memory and swap in bytes, -1 for none; only where memory is on cgroup v1.
  public var memorySwapLimit: Int64?
  /// Microseconds per period, -1 for no limit.
  public var cpuQuota: Int64?
  /// Microseconds.
  public var cpuPeriod: UInt64?
  /// Microseconds.
  public var cpuBurst: UInt64?
  /// The mount points of the cgroup v1 hierarchies in which the container already has its cgroup.
  public var joined: [String]

  public init(
    memoryLimit: Int64? = nil, memorySwapLimit: Int64? = nil, cpuQuota: Int64? = nil,
    cpuPeriod: UInt64? = nil,
    cpuBurst: UInt64? = nil, joined: [String] = []
  ) {
    self.memoryLimit = memoryLimit
    self.memorySwapLimit = memorySwapLimit
    self.cpuQuota = cpuQuota
    self.cpuPeriod = cpuPeriod
    self.cpuBurst = cpuBurst
    self.joined = joined
  }
}

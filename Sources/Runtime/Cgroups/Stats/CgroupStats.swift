/// What a container uses, as far as its cgroups tell. A part is nil where the container is not in a cgroup of that
/// controller: on a hybrid it joins only the hierarchies its limits need.
public struct CgroupStats: Equatable, Sendable {
  public var cpu: CPU?
  public var memory: Memory?
  public var pids: Pids?
  public var blockIO: [BlockDevice]?
  /// By page size, as in `2MB`.
  public var hugePages: [String: HugePages]?
  /// How much was waited for each resource; nil where the kernel does not measure it.
  public var cpuPressure: Pressure?
  public var memoryPressure: Pressure?
  public var ioPressure: Pressure?

  public init() {}

  /// CPU time. All times are in microseconds.
  public struct CPU: Equatable, Sendable {
    public var usage: UInt64
    public var user: UInt64
    public var system: UInt64
    /// How the quota was enforced; nil without the cpu controller.
    public var throttling: Throttling?

    public init(usage: UInt64, user: UInt64, system: UInt64, throttling: Throttling? = nil) {
      self.usage = usage
      self.user = user
      self.system = system
      self.throttling = throttling
    }
  }

  /// How often the quota was used up.
  public struct Throttling: Equatable, Sendable {
    /// Periods in which the container wanted to run.
    public var periods: UInt64
    /// Periods in which it was stopped for the rest.
    public var throttledPeriods: UInt64
    /// How long it was stopped, in microseconds.
    public var throttledTime: UInt64

    public init(periods: UInt64, throttledPeriods: UInt64, throttledTime: UInt64) {
      self.periods = periods
      self.throttledPeriods = throttledPeriods
      self.throttledTime = throttledTime
    }
  }

  /// Memory, in bytes.
  public struct Memory: Equatable, Sendable {
    /// Everything charged, the page cache included.
    public var usage: UInt64
    /// The most there ever was; nil before Linux 5.19.
    public var peak: UInt64?
    /// nil stands for unlimited.
    public var limit: UInt64?
    /// Swap alone; nil where the kernel does not count it.
    public var swapUsage: UInt64?
    /// Swap alone; nil stands for unlimited.
    public var swapLimit: UInt64?
    /// How many processes were killed for want of memory.
    public var oomKills: UInt64
    /// How often the limit was in the way.
    public var failures: UInt64
    /// `memory.stat`, whose keys differ between cgroup v1 and v2.
    public var details: [String: UInt64]

    public init(
      usage: UInt64, peak: UInt64? = nil, limit: UInt64? = nil, swapUsage: UInt64? = nil,
      swapLimit: UInt64? = nil, oomKills: UInt64 = 0, failures: UInt64 = 0, details: [String: UInt64] = [:]
    ) {
      self.usage = usage
      self.peak = peak
      self.limit = limit
      self.swapUsage = swapUsage
      self.swapLimit = swapLimit
      self.oomKills = oomKills
      self.failures = failures
      self.details = details
    }

    /// What cannot be dropped at once: usage less the inactive part of the page cache, as `docker stats` shows
    /// it, in bytes.
    public var workingSet: UInt64 {
      let inactive = details["total_inactive_file"] ?? details["inactive_file"] ?? 0
      return usage > inactive ? usage - inactive : 0
    }
  }

  /// Processes and threads.
  public struct Pids: Equatable, Sendable {
    public var current: UInt64
    /// nil stands for unlimited.
    public var limit: UInt64?

    public init(current: UInt64, limit: UInt64? = nil) {
      self.current = current
      self.limit = limit
    }
  }

  /// Traffic with one block device, in bytes and in operations.
  public struct BlockDevice: Equatable, Sendable {
    public var major: UInt32
    public var minor: UInt32
    public var readBytes: UInt64 = 0
    public var writtenBytes: UInt64 = 0
    public var discardedBytes: UInt64 = 0
    public var reads: UInt64 = 0
    public var writes: UInt64 = 0
    public var discards: UInt64 = 0

    public init(major: UInt32, minor: UInt32) {
      self.major = major
      self.minor = minor
    }
  }

  /// Huge pages of one size, in bytes.
  public struct HugePages: Equatable, Sendable {
    public var usage: UInt64
    /// nil stands for unlimited.
    public var limit: UInt64?
    /// How often the limit was in the way.
    public var failures: UInt64

    public init(usage: UInt64, limit: UInt64? = nil, failures: UInt64 = 0) {
      self.usage = usage
      self.limit = limit
      self.failures = failures
    }
  }

  /// Pressure stall information. Source: Documentation/accounting/psi.rst.
  public struct Pressure: Equatable, Sendable {
    /// Shares of time in percent over 10, 60 and 300 seconds, and the total in microseconds.
    public struct Line: Equatable, Sendable {
      public var average10: Double
      public var average60: Double
      public var average300: Double
      public var total: UInt64

      public init(average10: Double, average60: Double, average300: Double, total: UInt64) {
        self.average10 = average10
        self.average60 = average60
        self.average300 = average300
        self.total = total
      }
    }

    /// When at least one task waited.
    public var some: Line
    /// When all tasks waited at once.
    public var full: Line?

    public init(some: Line, full: Line?) {
      self.some = some
      self.full = full
    }
  }
}

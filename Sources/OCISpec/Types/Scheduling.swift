/// The scheduling attributes of a process. Source: sched_setattr(2).
public struct Scheduler: Equatable, Sendable {
  /// The scheduling policy.
  public var policy: LinuxSchedulerPolicy
  /// The nice value, for `other` and `batch`.
  public var nice: Int32?
  /// The static priority, for `fifo` and `roundRobin`.
  public var priority: Int32?
  /// Scheduling flags.
  public var flags: [LinuxSchedulerFlag]
  /// For `deadline`: the run time per period, in nanoseconds.
  public var runtime: UInt64?
  /// For `deadline`: the relative deadline, in nanoseconds.
  public var deadline: UInt64?
  /// For `deadline`: the period, in nanoseconds.
  public var period: UInt64?

  public init(
    policy: LinuxSchedulerPolicy, nice: Int32? = nil, priority: Int32? = nil,
    flags: [LinuxSchedulerFlag] = [], runtime: UInt64? = nil, deadline: UInt64? = nil,
    period: UInt64? = nil
  ) {
    self.policy = policy
    self.nice = nice
    self.priority = priority
    self.flags = flags
    self.runtime = runtime
    self.deadline = deadline
    self.period = period
  }
}

/// An I/O scheduling class and the priority in it. Source: ioprio_set(2).
public struct LinuxIOPriority: Equatable, Sendable {
  /// The class.
  public var `class`: IOPriorityClass
  /// The priority in the class, from 0 (first served) to 7.
  public var priority: Int

  public init(`class`: IOPriorityClass, priority: Int) {
    self.`class` = `class`
    self.priority = priority
  }
}

/// A scheduling policy. Source: sched(7).
public enum LinuxSchedulerPolicy: String, CaseIterable, Sendable {
  case other = "SCHED_OTHER"
  case fifo = "SCHED_FIFO"
  case roundRobin = "SCHED_RR"
  case batch = "SCHED_BATCH"
  case iso = "SCHED_ISO"
  case idle = "SCHED_IDLE"
  case deadline = "SCHED_DEADLINE"
}

/// A flag of sched_setattr(2).
public enum LinuxSchedulerFlag: String, CaseIterable, Sendable {
  case resetOnFork = "SCHED_FLAG_RESET_ON_FORK"
  case reclaim = "SCHED_FLAG_RECLAIM"
  case deadlineOverrun = "SCHED_FLAG_DL_OVERRUN"
  case keepPolicy = "SCHED_FLAG_KEEP_POLICY"
  case keepParams = "SCHED_FLAG_KEEP_PARAMS"
  case utilClampMin = "SCHED_FLAG_UTIL_CLAMP_MIN"
  case utilClampMax = "SCHED_FLAG_UTIL_CLAMP_MAX"
}

/// An I/O scheduling class. Source: ioprio_set(2).
public enum IOPriorityClass: String, CaseIterable, Sendable {
  case realTime = "IOPRIO_CLASS_RT"
  case bestEffort = "IOPRIO_CLASS_BE"
  case idle = "IOPRIO_CLASS_IDLE"
}

import OCISpec

/// Flags of the mount calls that Glibc's module lacks. Source: linux/mount.h, linux/fcntl.h.
enum KernelFlags {
  static let recursive: Int64 = 0x8000  // AT_RECURSIVE
  static let recursiveMount: Int64 = 16384  // MS_REC
  static let emptyPath: CInt = 0x1000  // AT_EMPTY_PATH
  static let path: CInt = 0o10_000_000  // O_PATH
  static let cloneTree: Int64 = 1  // OPEN_TREE_CLONE
  static let closeOnExec: Int64 = 0o2_000_000  // OPEN_TREE_CLOEXEC

  static func openTree(recursive: Bool) -> Int64 {
    cloneTree | (recursive ? Self.recursive : 0)
  }
}

/// Names of resource limits. Source: getrlimit(2).
enum ResourceLimit {
  static let names = [
    "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
    "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
    "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
  ]

  static func number(_ name: String) -> Int? { names.firstIndex(of: name) }
}

extension LinuxSchedulerPolicy {
  /// Source: sched(7).
  var number: Int {
    switch self {
    case .other: 0
    case .fifo: 1
    case .roundRobin: 2
    case .batch: 3
    case .iso: 4
    case .idle: 5
    case .deadline: 6
    }
  }
}

extension LinuxSchedulerFlag {
  /// Source: sched_setattr(2).
  var bit: UInt64 {
    switch self {
    case .resetOnFork: 0x1
    case .reclaim: 0x2
    case .deadlineOverrun: 0x4
    case .keepPolicy: 0x8
    case .keepParams: 0x10
    case .utilClampMin: 0x20
    case .utilClampMax: 0x40
    }
  }
}

extension IOPriorityClass {
  /// Source: ioprio_set(2).
  var number: Int {
    switch self {
    case .realTime: 1
    case .bestEffort: 2
    case .idle: 3
    }
  }
}

extension MemoryPolicyModeType {
  /// Source: set_mempolicy(2).
  var number: Int {
    switch self {
    case .systemDefault: 0
    case .preferred: 1
    case .bind: 2
    case .interleave: 3
    case .local: 4
    case .preferredMany: 5
    case .weightedInterleave: 6
    }
  }
}

extension MemoryPolicyFlagType {
  /// Source: set_mempolicy(2).
  var bit: Int {
    switch self {
    case .staticNodes: 1 << 15
    case .relativeNodes: 1 << 14
    case .numaBalancing: 1 << 13
    }
  }
}

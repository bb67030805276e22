/// The program that runs in a container, and with what rights. Source: runtime-spec 1.3.0, config.md,
/// "Process".
public struct Process: Equatable, Sendable {
  /// Whether it gets a pseudoterminal.
  public var terminal: Bool
  /// The pseudoterminal's size; ignored without `terminal`.
  public var consoleSize: Box?
  /// The user and groups it runs as.
  public var user: User
  /// The program and its arguments, as for execvp(3). At least one.
  public var args: [String]
  /// The environment: `NAME=value` each.
  public var env: [String]
  /// The working directory, an absolute path in the container.
  public var cwd: String
  /// Its capability sets; absent means none.
  public var capabilities: LinuxCapabilities?
  /// Its resource limits; each type at most once.
  public var rlimits: [POSIXRlimit]
  /// Whether it and its children can never gain privileges by execve(2).
  public var noNewPrivileges: Bool
  /// The AppArmor profile it is confined by.
  public var apparmorProfile: String?
  /// The value of `/proc/self/oom_score_adj`, -1000...1000; absent leaves it as it is.
  public var oomScoreAdj: Int?
  /// Its scheduling attributes.
  public var scheduler: Scheduler?
  /// The SELinux label it runs under.
  public var selinuxLabel: String?
  /// Its I/O scheduling class and priority.
  public var ioPriority: LinuxIOPriority?
  /// The CPUs that processes added by `exec` run on.
  public var execCPUAffinity: CPUAffinity?

  public init(
    terminal: Bool = false, consoleSize: Box? = nil, user: User = User(), args: [String] = [],
    env: [String] = [], cwd: String = "/", capabilities: LinuxCapabilities? = nil,
    rlimits: [POSIXRlimit] = [], noNewPrivileges: Bool = false, apparmorProfile: String? = nil,
    oomScoreAdj: Int? = nil, scheduler: Scheduler? = nil, selinuxLabel: String? = nil,
    ioPriority: LinuxIOPriority? = nil, execCPUAffinity: CPUAffinity? = nil
  ) {
    self.terminal = terminal
    self.consoleSize = consoleSize
    self.user = user
    self.args = args
    self.env = env
    self.cwd = cwd
    self.capabilities = capabilities
    self.rlimits = rlimits
    self.noNewPrivileges = noNewPrivileges
    self.apparmorProfile = apparmorProfile
    self.oomScoreAdj = oomScoreAdj
    self.scheduler = scheduler
    self.selinuxLabel = selinuxLabel
    self.ioPriority = ioPriority
    self.execCPUAffinity = execCPUAffinity
  }
}

/// A terminal's size in character cells.
public struct Box: Equatable, Sendable {
  /// Rows.
  public var height: UInt
  /// Columns.
  public var width: UInt

  public init(height: UInt, width: UInt) {
    self.height = height
    self.width = width
  }
}

/// The user and groups of a process, as numbers in the container's user namespace.
public struct User: Equatable, Sendable {
  /// The user ID.
  public var uid: UInt32
  /// The primary group ID.
  public var gid: UInt32
  /// The file mode creation mask; absent leaves it as it is.
  public var umask: UInt32?
  /// The supplementary group IDs.
  public var additionalGids: [UInt32]

  public init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32] = []) {
    self.uid = uid
    self.gid = gid
    self.umask = umask
    self.additionalGids = additionalGids
  }
}

/// The five capability sets of a process, by name (`CAP_NET_ADMIN`). Source: capabilities(7).
public struct LinuxCapabilities: Equatable, Sendable {
  /// What can ever be gained.
  public var bounding: [String]
  /// What the kernel checks.
  public var effective: [String]
  /// What is preserved across execve(2) of files that have it inheritable.
  public var inheritable: [String]
  /// What may be made effective.
  public var permitted: [String]
  /// What is preserved across execve(2) of ordinary files.
  public var ambient: [String]

  public init(
    bounding: [String] = [], effective: [String] = [], inheritable: [String] = [],
    permitted: [String] = [], ambient: [String] = []
  ) {
    self.bounding = bounding
    self.effective = effective
    self.inheritable = inheritable
    self.permitted = permitted
    self.ambient = ambient
  }
}

/// One resource limit. Source: getrlimit(2). The largest value means "unlimited".
public struct POSIXRlimit: Equatable, Sendable {
  /// The limit's name, as in `RLIMIT_NOFILE`.
  public var type: String
  /// The limit that is enforced.
  public var soft: UInt64
  /// The ceiling of the soft limit.
  public var hard: UInt64

  public init(type: String, soft: UInt64, hard: UInt64) {
    self.type = type
    self.soft = soft
    self.hard = hard
  }
}

/// The CPUs that a process added by `exec` runs on, as lists like `0-3,7`. Source: runtime-spec 1.3.0,
/// config.md.
public struct CPUAffinity: Equatable, Sendable {
  /// While the runtime sets the process up, before it enters the container's cgroup.
  public var initial: String?
  /// Once it is in the container's cgroup.
  public var final: String?

  public init(initial: String? = nil, final: String? = nil) {
    self.initial = initial
    self.final = final
  }
}

/// A system call filter. Source: seccomp(2), runtime-spec 1.3.0, config-linux.md, "Seccomp".
public struct LinuxSeccomp: Equatable, Sendable {
  /// What happens to a call that no rule names.
  public var defaultAction: LinuxSeccompAction
  /// The error number of the default action; absent means EPERM.
  public var defaultErrnoRet: UInt32?
  /// Further architectures whose calls are let through the filter.
  public var architectures: [Arch]
  /// Flags of seccomp(2). Absent leaves the choice to the runtime, while an empty list means none.
  public var flags: [LinuxSeccompFlag]?
  /// The Unix socket that receives the notification descriptor.
  public var listenerPath: String?
  /// Anything to hand to the listener.
  public var listenerMetadata: String?
  /// The rules.
  public var syscalls: [LinuxSyscall]

  public init(
    defaultAction: LinuxSeccompAction, defaultErrnoRet: UInt32? = nil, architectures: [Arch] = [],
    flags: [LinuxSeccompFlag]? = nil, listenerPath: String? = nil, listenerMetadata: String? = nil,
    syscalls: [LinuxSyscall] = []
  ) {
    self.defaultAction = defaultAction
    self.defaultErrnoRet = defaultErrnoRet
    self.architectures = architectures
    self.flags = flags
    self.listenerPath = listenerPath
    self.listenerMetadata = listenerMetadata
    self.syscalls = syscalls
  }
}

/// A rule on system calls.
public struct LinuxSyscall: Equatable, Sendable {
  /// The calls by name; at least one.
  public var names: [String]
  /// What happens to them.
  public var action: LinuxSeccompAction
  /// The action's error number; absent means EPERM.
  public var errnoRet: UInt32?
  /// Conditions on arguments that must all hold.
  public var args: [LinuxSeccompArg]

  public init(
    names: [String], action: LinuxSeccompAction, errnoRet: UInt32? = nil, args: [LinuxSeccompArg] = []
  ) {
    self.names = names
    self.action = action
    self.errnoRet = errnoRet
    self.args = args
  }
}

/// A condition on one argument of a system call.
public struct LinuxSeccompArg: Equatable, Sendable {
  /// Which argument, 0...5.
  public var index: UInt32
  /// What it is compared with; for `maskedEqual` the mask.
  public var value: UInt64
  /// For `maskedEqual`: what the masked argument is compared with.
  public var valueTwo: UInt64
  /// The comparison.
  public var op: LinuxSeccompOperator

  public init(index: UInt32, value: UInt64, valueTwo: UInt64 = 0, op: LinuxSeccompOperator) {
    self.index = index
    self.value = value
    self.valueTwo = valueTwo
    self.op = op
  }
}

import CSeccomp
import Glibc
import OCISpec

extension SeccompFilter {
  /// Compiles a filter's description, through libseccomp and with the effects runc gives the same one.
  ///
  /// - A name neither libseccomp nor our own table knows is passed over: profiles list the calls of every
  ///   architecture and of kernels to come.
  /// - A rule whose action is the default action is passed over too.
  /// - Several conditions on one and the same argument make several rules, of which any one may match;
  ///   otherwise all conditions must hold.
  /// - Calls newer than all those named fail with ENOSYS, see `SeccompPrelude`.
  /// - Without a list of flags it is `SECCOMP_FILTER_FLAG_SPEC_ALLOW`, which every kernel that we run on takes.
  /// - `SECCOMP_FILTER_FLAG_TSYNC` is fulfilled by nature: the filter is loaded in a process of one thread.
  ///
  /// Throws `SpecError` with the path of what is wrong, or `Failure` where libseccomp or the kernel
  /// cannot do what is asked.
  public init(compiling profile: LinuxSeccomp) throws {
    try profile.validate()
    let architectures = try Self.architectures(of: profile)
    let defaultAction = Self.code(profile.defaultAction, profile.defaultErrnoRet)
    let context = try SeccompContext(defaultAction: defaultAction)
    for architecture in architectures.dropFirst() { try context.add(architecture) }
    try context.configure(ruleCount: profile.syscalls.reduce(0) { $0 + $1.names.count })

    var prelude = SeccompPrelude(architectures: architectures)
    for (index, rule) in profile.syscalls.enumerated() {
      let action = Self.code(rule.action, rule.errnoRet)
      guard action != defaultAction else { continue }
      for (nameIndex, name) in rule.names.enumerated() {
        let number = seccomp_syscall_resolve_name(name)
        let path = "linux.seccomp.syscalls[\(index)].names[\(nameIndex)]"
        for args in Self.alternatives(rule.args) {
          if number == -1 {
            try prelude.add(SeccompPrelude.Rule(name: name, action: action, args: args), path: path)
          } else {
            try context.add(action: action, number: number, args: args, path: path, name: name)
          }
        }
      }
    }
    if Self.deniesByDefault(profile) { prelude.lastNumbers = Self.lastNumbers(profile, architectures) }

    let program = prelude.assemble() + (try context.program())
    guard program.count <= Self.maximumInstructions * Self.instructionSize else {
      throw SpecError(
        "linux.seccomp",
        "compiles to \(program.count / Self.instructionSize) instructions, the kernel takes "
          + "\(Self.maximumInstructions)")
    }
    let notifies = profile.usesNotify
    self.init(
      program: program, flags: Self.flags(profile), needsListener: notifies,
      listenerPath: notifies ? profile.listenerPath : nil,
      listenerMetadata: notifies ? profile.listenerMetadata : nil)
  }

  /// The native architecture first, as libseccomp always includes it, then those listed, each once.
  private static func architectures(of profile: LinuxSeccomp) throws(SpecError) -> [SeccompArchitecture] {
    var result = [SeccompArchitecture.native]
    for (index, arch) in profile.architectures.enumerated() {
      guard let architecture = SeccompArchitecture(arch) else {
        throw SpecError(
          "linux.seccomp.architectures[\(index)]",
          "\(arch.rawValue) is not known to libseccomp \(SeccompContext.libraryVersion)")
      }
      if !result.contains(architecture) { result.append(architecture) }
    }
    return result
  }

  /// What the kernel is to return for an action (`SECCOMP_RET_…`, the same values as `SCMP_ACT_…`). A kill is
  /// of the thread, as libseccomp and runc have it.
  static func code(_ action: LinuxSeccompAction, _ errnoRet: UInt32?) -> UInt32 {
    switch action {
    case .kill, .killThread: 0
    case .killProcess: 0x8000_0000
    case .trap: 0x0003_0000
    case .errno: 0x0005_0000 | (errnoRet ?? UInt32(EPERM))
    case .notify: 0x7fc0_0000
    case .trace: 0x7ff0_0000 | (errnoRet ?? UInt32(EPERM))
    case .log: 0x7ffc_0000
    case .allow: 0x7fff_0000
    }
  }

  /// The conditions of a rule as alternatives; libseccomp takes no two on the same argument.
  private static func alternatives(_ args: [LinuxSeccompArg]) -> [[LinuxSeccompArg]] {
    let distinct = Set(args.map(\.index)).count == args.count
    return distinct ? [args] : args.map { [$0] }
  }

  /// Whether calls newer than the profile need ENOSYS: where the default lets them through, or a tracer
  /// answers for them, they do not; nor where the default already is ENOSYS.
  private static func deniesByDefault(_ profile: LinuxSeccomp) -> Bool {
    switch profile.defaultAction {
    case .allow, .log, .trace: false
    case .errno: profile.defaultErrnoRet != UInt32(ENOSYS)
    case .kill, .killProcess, .killThread, .trap, .notify: true
    }
  }

  private static func lastNumbers(
    _ profile: LinuxSeccomp, _ architectures: [SeccompArchitecture]
  ) -> [(architecture: SeccompArchitecture, number: UInt32)] {
    var result: [(architecture: SeccompArchitecture, number: UInt32)] = []
    for architecture in architectures {
      var last: UInt32?
      for rule in profile.syscalls {
        for name in rule.names {
          guard let number = architecture.number(of: name) else { continue }
          last = max(last ?? 0, number)
        }
      }
      if let last { result.append((architecture, last)) }
    }
    return result
  }

  private static func flags(_ profile: LinuxSeccomp) -> UInt32 {
    var flags = profile.usesNotify ? flagNewListener : 0
    // As runc and crun: where nobody has asked for the mitigation, a filter is no reason to slow the payload down.
    for flag in profile.flags ?? [.specAllow] {
      switch flag {
      case .tsync: break
      case .log: flags |= flagLog
      case .specAllow: flags |= flagSpecAllow
      case .waitKillableRecv: flags |= flagWaitKillableReceive
      }
    }
    return flags
  }
}

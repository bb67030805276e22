import Glibc

extension Step {
  /// What the steps make that shape the process; nil for any other step.
  var foreseenProcess: [KernelCall]? {
    switch self {
    case .setHostname(let name): [.sethostname(name)]
    case .setDomainname(let name): [.setdomainname(name)]
    case .useConsole: [.takeTerminal("ttyfd")] + (0..<3).map { .dup3("ttyfd", $0) }
    case .setLimit(let resource, let soft, let hard):
      [.prlimit64(UInt64(ResourceLimit.number(resource) ?? -1), soft: soft, hard: hard)]
    case .setUmask(let mask): [.umask(mask)]
    case .setPersonality(let persona): [.personality(persona)]
    case .setScheduler(let scheduler): [.sched_setattr(scheduler.words)]
    case .setIOPriority(let kind, let priority): [.ioprio_set(UInt64(kind.number << 13 | priority))]
    case .setAffinity(let mask): [.sched_setaffinity(size: mask.count, mask: Self.words(mask))]
    case .setMemoryPolicy(let mode, let nodes):
      [
        .set_mempolicy(
          mode: UInt64(mode), mask: nodes.isEmpty ? nil : Self.words(nodes),
          maximum: UInt64(nodes.count * 8 + 1))
      ]
    case .changeFolder(let path): [.chdir(path)]
    case .closeRest(let first, _):
      // All but the socket that leads to the runtime.
      [
        .close_range(String(first), "socket-1", flags: 0),
        .close_range("socket+1", String(UInt32.max), flags: 0),
      ]
    case .loadSeccomp(let filter):
      [.seccompFilter(flags: UInt64(filter.flags), instructions: filter.instructions)]
    case .execute(let arguments, let environment, let supervised):
      (supervised ? [.clone(UInt64(SIGCHLD)), .setpgid()] : []) + [
        .execve(arguments.first ?? "", arguments, variables: environment.count)
      ]
    default: foreseenIdentity
    }
  }

  private var foreseenIdentity: [KernelCall]? {
    let all = UInt64(CapabilitySet.last)
    switch self {
    case .dropBounding(let kept):
      return (0...all).filter { kept >> $0 & 1 == 0 }.map { .prctl(24, $0) }
    case .becomeUser(let uid, let gid, let groups):
      return [.prctl(8, 1), .setgroups(groups), .setresgid(gid), .setresuid(uid)]
    case .setCapabilities(let masks):
      let raised = (0...all).filter { masks.ambient >> $0 & 1 == 1 }
      return [
        .capset(effective: masks.effective, permitted: masks.permitted, inheritable: masks.inheritable),
        .prctl(47, 4),
      ] + raised.map { .prctl(47, 2, $0) }
    case .forbidNewPrivileges: return [.prctl(38, 1)]
    default: return nil
    }
  }

  private static func words(_ bytes: [UInt8]) -> [UInt64] {
    stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}

extension SchedulerStep {
  /// As `struct sched_attr`, of which the last word, the bounds of utilisation, stays zero.
  fileprivate var words: [UInt64] {
    [
      56 | UInt64(policy.number) << 32, flags,
      UInt64(UInt32(bitPattern: nice)) | UInt64(UInt32(bitPattern: priority)) << 32, runtime, deadline,
      period, 0,
    ]
  }
}

extension SeccompFilter {
  var instructions: Int { program.count / Self.instructionSize }
}

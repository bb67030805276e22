import OCISpec

extension Step {
  /// What a person could type to the same effect, in a shell that is the container's init so far; nil where no
  /// command does it. `ROOTFS` is the root file system, `PID` the init.
  public var shell: String? {
    switch self {
    case .prepareCgroup(let plan): plan.shell.joined(separator: "\n")
    case .prepareResctrl(let plan): plan.shell
    case .joinResctrl(let tasks): tasks.map { Shell.write("PID", to: $0) }.joined(separator: "\n")
    case .lockMounts: "unshare --user --mount --propagation unchanged sleep infinity &"
    case .prepareTree(let mount, _): mount.shellOfPreparation
    case .clone(let clone): clone.shell
    case .mapUsers(let mappings): Shell.write(IDMapping.text(mappings), to: "/proc/PID/uid_map")
    case .mapGroups(let mappings): Shell.write(IDMapping.text(mappings), to: "/proc/PID/gid_map")
    case .setTimeOffsets(let offsets): Shell.write(RuntimeSteps.text(offsets), to: "/proc/PID/timens_offsets")
    case .setOOMScore(let score): Shell.write(String(score), to: "/proc/PID/oom_score_adj")
    case .delegateCgroup(let plan, let uid):
      "chown \(uid) \(plan.unified.leaf) $(sed 's,^,\(plan.unified.leaf)/,' /sys/kernel/cgroup/delegate)"
    case .filterDevices(let filter, let cgroup): filter.shell(cgroup)
    case .ownStreams(let uid): "chown \(uid) /proc/PID/fd/0 /proc/PID/fd/1 /proc/PID/fd/2"
    case .moveInterface(let name, let newName):
      Shell.command("ip", "link", "set", name, "netns", "PID", "name", newName)
    case .runtimeHook(let hook):
      Shell.command(["env", "-i"] + hook.hook.env + hook.hook.arguments) + " < state.json"
    case .containerHook(let hook):
      Shell.command(["env", "-i"] + hook.hook.env + hook.hook.arguments) + " < state.json"
    default: shellOfNamespace ?? shellOfFile ?? shellOfProcess
    }
  }

  private var shellOfNamespace: String? {
    switch self {
    case .joinHierarchy(let folder): Shell.write("0", to: folder.tasksFile)
    case .joinNamespace(let kind, let path): Shell.command(["nsenter", "--" + kind.option + "=" + path])
    case .joinProcess(let kinds, let pid):
      Shell.command(["nsenter", "--target", String(pid)] + kinds.members.map { "--" + $0.option })
    case .unshare(let kinds): Shell.command(["unshare"] + kinds.members.map { "--" + $0.option })
    case .fork(let kinds): Shell.command(["unshare", "--fork"] + kinds.members.map { "--" + $0.option })
    case .becomeNamespaceRoot:
      Shell.command("setpriv", "--reuid=0", "--regid=0", "--clear-groups")
    case .dieWithRuntime: "setpriv --pdeathsig KILL"
    case .startSession: "setsid sh"
    case .joinKeyring(let name): Shell.command("keyctl", "session", name)
    case .bringUpLoopback: "ip link set lo up"
    default: nil
    }
  }

  private var shellOfProcess: String? {
    switch self {
    case .setHostname(let name): Shell.command("hostname", name)
    case .setDomainname(let name): Shell.command("domainname", name)
    case .setLimit(let resource, let soft, let hard):
      "prlimit --pid $$ --\(Self.limitOption(resource))=\(Self.limit(soft)):\(Self.limit(hard))"
    case .setUmask(let mask): "umask " + KernelCall.octal(mask)
    case .setPersonality(let persona): persona == 8 ? "setarch linux32" : nil
    case .setScheduler(let scheduler): scheduler.shell
    case .setIOPriority(let kind, let priority):
      "ionice -c \(kind.number)\(kind == .idle ? "" : " -n \(priority)") -p $$"
    case .setAffinity(let mask): "taskset -p \(Self.hexMask(mask)) $$"
    case .changeFolder(let path): Shell.command("cd", path)
    case .closeRest: "exec 3>&- 4>&- 5>&-  # and so on"
    case .dropBounding(let kept):
      Self.drop(CapabilitySet(rawValue: ~kept).intersection(.supported))
    case .becomeUser(let uid, let gid, let groups):
      Shell.command(
        ["setpriv", "--reuid=\(uid)", "--regid=\(gid)"]
          + (groups.map {
            [$0.isEmpty ? "--clear-groups" : "--groups=" + $0.map(String.init).joined(separator: ",")]
          }
            ?? ["--keep-groups"]))
    case .setCapabilities(let masks): masks.shell
    case .forbidNewPrivileges: "setpriv --no-new-privs"
    case .findProgram(let name, _): Shell.command("command", "-v", name)
    case .execute(let arguments, _, let supervised):
      Shell.command((supervised ? ["tini", "--"] : ["exec"]) + arguments)
    default: nil
    }
  }

  private static func limit(_ value: UInt64) -> String { value == .max ? "unlimited" : String(value) }

  private static func limitOption(_ resource: String) -> String {
    resource.dropFirst("RLIMIT_".count).lowercased()
  }

  private static func hexMask(_ bytes: [UInt8]) -> String {
    let digits = bytes.reversed().map { (byte: UInt8) in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      .joined()
    return "0x" + (digits.drop { $0 == "0" })
  }

  private static func drop(_ capabilities: CapabilitySet) -> String? {
    let names = capabilities.names.map { $0.lowercased() }
    return names.isEmpty ? nil : "capsh --drop=" + names.joined(separator: ",")
  }
}

extension NamespaceSet {
  /// As unshare(1) and nsenter(1) call it.
  var option: String { self == .network ? "net" : words }
}

extension CloneStep {
  fileprivate var shell: String? {
    if namespaces.isEmpty { return nil }
    var words = ["unshare"] + namespaces.members.map { "--" + $0.option }
    if namespaces.contains(.pid) { words.append("--fork") }
    return Shell.command(words + ["--propagation", "unchanged", "sh"])
  }
}

extension SchedulerStep {
  fileprivate var shell: String? {
    switch policy {
    case .other: "renice -n \(nice) -p $$"
    case .deadline:
      "chrt --deadline --sched-runtime \(runtime) --sched-deadline \(deadline) --sched-period \(period) --pid 0 $$"
    case .iso: nil
    default: "chrt --\(policy.option) --pid \(priority) $$"
    }
  }
}

extension LinuxSchedulerPolicy {
  /// As chrt(1) calls it.
  fileprivate var option: String {
    switch self {
    case .other: "other"
    case .fifo: "fifo"
    case .roundRobin: "rr"
    case .batch: "batch"
    case .iso: "iso"
    case .idle: "idle"
    case .deadline: "deadline"
    }
  }
}

extension CapabilityMasks {
  fileprivate var shell: String {
    func list(_ mask: UInt64) -> String {
      let names = CapabilitySet(rawValue: mask).names.map { "+" + $0.dropFirst(4).lowercased() }
      return (["-all"] + names).joined(separator: ",")
    }
    func text(_ mask: UInt64, _ flags: String) -> String {
      let names = CapabilitySet(rawValue: mask).names.map { $0.lowercased() }
      return names.isEmpty ? "" : " " + names.joined(separator: ",") + "+" + flags
    }
    let sets = permitted == effective ? text(permitted, "ep") : text(permitted, "p") + text(effective, "e")
    let caps = "capsh " + Shell.word("--caps==" + sets + text(inheritable, "i"))
    return ambient == 0 ? caps : caps + " && setpriv --ambient-caps=" + list(ambient)
  }
}

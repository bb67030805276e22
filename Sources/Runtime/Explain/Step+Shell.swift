import OCISpec

extension Step {
  /// What a person could type to the same effect, in a shell that is the container's init so far; nil where no
  /// command does it. `$ROOTFS` is the root file system, `$PID` the init.
  public var shell: String? {
    switch self {
    case .takeID(let folder): Shell.command("mkdir", "-p", "-m", "711", folder)
    case .makeSource(let path): Shell.command("mkdir", "-p", path)
    case .makeScratch(let overlay):
      Shell.command("mkdir", "-p", overlay.upper, overlay.work, overlay.target)
        + ["chmod", "chown"].map {
          "\n" + Shell.command($0, "--reference=" + (overlay.lower.first ?? ""), overlay.upper)
        }.joined()
    case .writeFiles(let files):
      files.map { file in
        let folder = String(file.path[..<(file.path.lastIndex(of: "/") ?? file.path.startIndex)])
        return Shell.command("mkdir", "-p", folder) + "\n" + Shell.write(file.text, to: file.path)
      }.joined(separator: "\n")
    case .makePipes(let folder): Shell.command("mkfifo", "-m", "600", folder + "/gate", folder + "/report")
    case .startUnit(let plan): plan.shell
    case .leaveUnit(let plan):
      plan.lateWrites.isEmpty
        ? nil : plan.lateWrites.map { Shell.write($0.value, to: $0.file) }.joined(separator: "\n")
    case .prepareCgroup(let plan): plan.shell.joined(separator: "\n")
    case .prepareResctrl(let plan): plan.shell
    case .joinResctrl(let tasks): tasks.map { Shell.write(Shell.process, to: $0) }.joined(separator: "\n")
    case .lockMounts: "unshare --user --mount --propagation unchanged sleep infinity &"
    case .prepareTree(let mount, _): mount.shellOfPreparation
    case .clone(let clone): clone.shell
    case .mapUsers(let mappings): Shell.write(IDMapping.text(mappings), to: file("uid_map"))
    case .mapGroups(let mappings): Shell.write(IDMapping.text(mappings), to: file("gid_map"))
    case .setTimeOffsets(let offsets): Shell.write(RuntimeSteps.text(offsets), to: file("timens_offsets"))
    case .setOOMScore(let score): Shell.write(String(score), to: file("oom_score_adj"))
    case .raiseLimit(let resource, let hard):
      "prlimit --pid $PID --\(Self.limitOption(resource))=:\(Self.limit(hard))"
    case .delegateCgroup(let plan, let uid):
      Shell.command("cd", plan.unified.leaf)
        + " && chown \(uid) . $(ls -d $(cat /sys/kernel/cgroup/delegate) 2> /dev/null)"
    case .filterDevices(let filter, let cgroup): filter.shell(cgroup)
    case .ownStreams(let uid): "chown \(uid) /proc/$PID/fd/0 /proc/$PID/fd/1 /proc/$PID/fd/2"
    case .moveInterface(let name, let newName):
      Shell.command("ip", "link", "set", name, "netns", Shell.process, "name", newName)
    case .outside(let step): step.shell
    case .runtimeHook(let hook):
      Shell.command(["env", "-i"] + hook.hook.env + hook.hook.arguments) + " < state.json"
    case .containerHook(let hook):
      Shell.command(["env", "-i"] + hook.hook.env + hook.hook.arguments) + " < state.json"
    default: shellOfNamespace ?? shellOfFile ?? shellOfProcess
    }
  }

  /// One of the init's files in /proc.
  private func file(_ name: String) -> String { "/proc/" + Shell.process + "/" + name }

  private var shellOfNamespace: String? {
    switch self {
    case .joinHierarchy(let folder): Shell.write("0", to: folder.tasksFile)
    case .joinNamespace(_, _, .afterUser): nil
    case .joinNamespace(let kind, let path, _): Shell.command(["nsenter", "--" + kind.option + "=" + path])
    case .joinProcess(let kinds, let pid):
      Shell.command(["nsenter", "--target", String(pid)] + kinds.members.map { "--" + $0.option })
    case .unshare(let kinds): Shell.command(["unshare"] + kinds.members.map { "--" + $0.option })
    case .fork(let kinds): Shell.command(["unshare", "--fork"] + kinds.members.map { "--" + $0.option })
    case .becomeNamespaceRoot:
      Shell.command("setpriv", "--reuid=0", "--regid=0", "--clear-groups", "sh")
    case .dieWithRuntime: "setpriv --pdeathsig KILL sh"
    case .startSession: "setsid --wait sh"
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
        "setpriv", "--reuid=\(uid)", "--regid=\(gid)",
        groups.isEmpty ? "--clear-groups" : "--groups=" + groups.map(String.init).joined(separator: ","), "sh"
      )
    case .setCapabilities(let masks): masks.shell
    case .forbidNewPrivileges: "setpriv --no-new-privs sh"
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
    return names.isEmpty ? nil : "capsh --drop=" + names.joined(separator: ",") + " --"
  }
}

extension NamespaceSet {
  /// As unshare(1) and nsenter(1) call it.
  var option: String { self == .network ? "net" : words }
}

extension CloneStep {
  fileprivate var shell: String? {
    var words = ["sh"]
    if !namespaces.isEmpty {
      // A process cannot change its own pid namespace: the next one is in it.
      let fork = namespaces.contains(.pid) ? ["--fork"] : []
      // unshare(1) would have the mounts private by itself; how they are to be is a step of its own.
      let propagation = namespaces.contains(.mount) ? ["--propagation", "unchanged"] : []
      words = ["unshare"] + namespaces.members.map { "--" + $0.option } + fork + propagation + ["sh"]
    }
    guard let cgroup else { return namespaces.isEmpty ? nil : Shell.command(words) }
    // In a shell of its own, since the one that is typed into shall stay where it is.
    let join = "sh\necho $$ > " + Shell.word(cgroup + "/cgroup.procs")
    return namespaces.isEmpty ? join : join + "\nexec " + Shell.command(words)
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
    func text(_ mask: UInt64, _ flags: String) -> String {
      let names = CapabilitySet(rawValue: mask).names.map { $0.lowercased() }
      return names.isEmpty ? "" : " " + names.joined(separator: ",") + "+" + flags
    }
    let sets = permitted == effective ? text(permitted, "ep") : text(permitted, "p") + text(effective, "e")
    let raised = CapabilitySet(rawValue: ambient).names.map { $0.lowercased() }
    let extra = raised.isEmpty ? [] : ["--addamb=" + raised.joined(separator: ",")]
    return Shell.command(["capsh", "--caps==" + sets + text(inheritable, "i")] + extra + ["--"])
  }
}

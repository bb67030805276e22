import Glibc

extension Step {
  /// What the step does, as a verb phrase: the beginning of an error message and the title in an explanation.
  public var words: String {
    switch self {
    case .connectConsole(let path): "connect to console socket \(path)"
    case .takeID(let folder): "take the container's name: make \(folder)"
    case .makeSource(let path): "make folder \(path) on the host"
    case .makeScratch: "make folders for what the container writes"
    case .writeFiles(let files): "write \(files.map(\.path).joined(separator: ", "))"
    case .makePipes: "make the pipes that start will use"
    case .startUnit(let plan): "start systemd unit \(plan.unit.name) in \(plan.unit.slice)"
    case .leaveUnit(let plan): "leave systemd unit \(plan.unit.name) to the init"
    case .prepareCgroup(let plan): "prepare cgroup \(plan.unified.leaf)"
    case .prepareResctrl(let plan): "prepare class of service \(plan.group.folder)"
    case .lockMounts: "copy the host's mounts, locked"
    case .prepareTree(let mount, _): "open \(mount.field).source"
    case .clone(let clone):
      clone.namespaces.isEmpty
        ? "start the init" : "start the init in new \(clone.namespaces.words) namespaces"
    case .mapUsers: "map users (linux.uidMappings)"
    case .mapGroups: "map groups (linux.gidMappings)"
    case .setTimeOffsets: "set clock offsets (linux.timeOffsets)"
    case .moveInterface(let name, _): "move network device \(name)"
    case .outside(let step): step.words
    case .joinResctrl(let tasks): "join class of service \(Self.folder(of: tasks))"
    case .setOOMScore(let score): "set process.oomScoreAdj \(score)"
    case .raiseLimit(let resource, let hard): "raise the hard \(resource) to \(Self.limit(hard))"
    case .delegateCgroup(let plan, let uid): "give cgroup \(plan.unified.leaf) to user \(uid)"
    case .ownStreams(let uid): "give standard streams to user \(uid)"
    case .filterDevices(_, let cgroup): "filter devices of cgroup \(cgroup)"
    case .runtimeHook(let hook): "run \(hook.kind.rawValue) hook \(hook.hook.path)"
    case .recordCreated(let record):
      record.folder == nil ? "hand out the process ID" : "record the container's state"
    case .becomeNotDumpable: "forbid others to look into the init"
    case .joinHierarchy(let folder): "join cgroup \(folder.leaf)"
    case .joinNamespace(let kind, let path, _): "join \(kind.words) namespace \(path)"
    case .joinProcess(let kinds, let pid): "join \(kinds.words) namespaces of process \(pid)"
    case .unshare(let kinds): "make \(kinds.words) namespace"
    case .fork(let kinds):
      kinds.isEmpty ? "enter joined namespaces" : "enter joined and new \(kinds.words) namespaces"
    case .becomeNamespaceRoot: "become root of the user namespace"
    case .dieWithRuntime: "end when the runtime ends"
    case .startSession: "start a session"
    case .joinKeyring(let name): "make session keyring \(name)"
    case .bringUpLoopback: "bring up lo"
    case .sync(let point): point.words
    case .setPropagation(let path, let propagation, let recursive):
      "make \(recursive ? "the mounts from \(path) on" : "the mount \(path)") \(propagation.word)"
    case .openRoot(let path, _): "bind root file system \(path)"
    case .openRootOverlay(let overlay): "mount overlay over \(overlay.lower.joined(separator: ":"))"
    case .openCurrentRoot: "open /"
    case .openProc: "open a private proc"
    case .mount(let mount): mount.words
    case .openDev: "open /dev"
    case .makeDevice(let device): "make device \(device.path)"
    case .linkInDev(let target, let name): "link /dev/\(name) to \(target)"
    case .makeFolder(let path): "make folder \(path)"
    case .openConsole: "open a terminal"
    case .containerHook(let hook): "run \(hook.kind.rawValue) hook \(hook.hook.path)"
    case .pivotRoot: "change root"
    case .openNull: "open /dev/null"
    case .mask(let path): "mask \(path)"
    case .makeReadOnly(let path): "make \(path) read-only"
    case .remountReadOnly(let path): "make the mount \(path) read-only"
    case .setSysctl(let name, let value): "set sysctl \(name) = \(value)"
    case .setHostname(let name): "set hostname \(name)"
    case .setDomainname(let name): "set domainname \(name)"
    case .useConsole: "make the terminal the controlling one"
    case .setLimit(let resource, let soft, let hard):
      "set \(resource) \(Self.limit(soft)):\(Self.limit(hard))"
    case .setUmask(let mask): "set umask 0\(String(mask, radix: 8))"
    case .setPersonality: "set personality"
    case .setScheduler(let scheduler): "set scheduler \(scheduler.policy.rawValue)"
    case .setIOPriority(let kind, let priority): "set I/O priority \(kind.rawValue) \(priority)"
    case .setAffinity: "set process.execCPUAffinity"
    case .setMemoryPolicy: "set linux.memoryPolicy"
    case .setLabel(let attribute, let value): "set security label \(value) (\(attribute))"
    case .changeFolder(let path): "change to folder \(path)"
    case .closeRest(let first, _): "close descriptors from \(first) on"
    case .loadSeccomp: "load the seccomp filter"
    case .dropBounding: "limit the bounding set"
    case .becomeUser(let uid, let gid, _): "become user \(uid):\(gid)"
    case .setCapabilities: "set capabilities"
    case .forbidNewPrivileges: "forbid new privileges"
    case .checkFolder(let path): "check folder \(path)"
    case .findProgram(let name, _): "find program \(name)"
    case .waitForStart: "wait for start"
    case .execute(let arguments, _, _): "execute \(arguments.first ?? "")"
    }
  }

  private static func folder(of tasks: [String]) -> String {
    String((tasks.first ?? "").dropLast("/tasks".count))
  }

  /// The runtime's steps that amount to one write: their errors are told in the step's own words.
  var isPlainWrite: Bool {
    switch self {
    case .mapUsers, .mapGroups, .setTimeOffsets, .setOOMScore: true
    default: false
    }
  }

  private static func limit(_ value: UInt64) -> String { value == .max ? "unlimited" : String(value) }

  /// The error of a step whose kernel call failed, with the call's name where that says more.
  func failure(call: Int, errno code: CInt, message: String? = nil) -> Failure {
    if var known = knownFailure(code) {
      if isAboutProgram { known.kind = code == ENOENT ? .programNotFound : .programNotExecutable }
      return known
    }
    var reason = KernelCallTable.name(of: call)
    if let message, !message.isEmpty { reason = reason.map { "\($0): \(message)" } ?? message }
    return Failure(words, reason: reason, errno: code, hint: hint(code))
  }

  func failure(_ report: Report, hook: Int64?) -> Failure {
    if case .containerHook(let step) = self, let hook { return step.failure(hook) }
    // Behind the call's own texts the init puts what the kernel had to say.
    let own = KernelCallTable.textCount(of: report)
    return failure(
      call: report.call, errno: CInt(truncatingIfNeeded: -report.result),
      message: report.texts.count > own ? report.texts.last.map(Self.kernelMessage) : nil)
  }

  /// The kernel prefixes its words with a letter for their weight.
  private static func kernelMessage(_ text: String) -> String {
    let line = text.split(separator: "\n").first.map(String.init) ?? text
    return line.dropFirst().hasPrefix(" ") ? String(line.dropFirst(2)) : line
  }

  private var isAboutProgram: Bool {
    switch self {
    case .findProgram, .execute: true
    default: false
    }
  }

  /// Errors that mean one particular thing at one particular step.
  private func knownFailure(_ code: CInt) -> Failure? {
    switch (self, code) {
    case (.findProgram(let name, _), ENOENT) where !name.contains("/"):
      Failure("exec \(KernelCall.quote(name))", reason: "executable file not found in $PATH")
    case (.findProgram(let name, _), _):
      Failure("exec \(KernelCall.quote(name))", errno: code)
    case (.execute(let arguments, _, _), ENOEXEC):
      Failure(
        "exec \(KernelCall.quote(arguments.first ?? ""))", errno: code,
        hint: "a script needs a first line such as #!/bin/sh; a program must be built for this machine")
    case (.execute(let arguments, _, _), _):
      Failure("exec \(KernelCall.quote(arguments.first ?? ""))", errno: code)
    case (.checkFolder(let path), EXDEV):
      Failure("change to folder \(path)", reason: "it is outside the container")
    case (.changeFolder(let path), _), (.checkFolder(let path), _):
      Failure("change to folder \(path)", "(process.cwd)", errno: code)
    case (.mount(let mount), EXDEV):
      Failure(
        mount.words, "(\(mount.field))", reason: "the target leads into /proc, where nothing may be mounted")
    case (.mount(let mount), ENOENT) where mount.isRemount:
      Failure(
        mount.words, "(\(mount.field))", reason: "nothing is mounted there",
        hint: "an earlier entry of mounts has to mount it")
    case (.mount(let mount), ELOOP) where mount.refusesLinks:
      Failure(mount.words, "(\(mount.field))", reason: "a component of the target is a symbolic link")
    case (.openNull, ENODEV):
      Failure("open /dev/null", reason: "it is not the null device (character 1:3)")
    case (.openConsole, ENODEV):
      Failure(
        "open a terminal", reason: "/dev/pts/ptmx is not a devpts multiplexer (character 5:2)",
        hint: "mount devpts on /dev/pts")
    case (.openConsole, ENOENT):
      Failure(
        "open a terminal", reason: "the container has no /dev/pts/ptmx", hint: "mount devpts on /dev/pts")
    default: nil
    }
  }

  /// What a person can do about an error of this step.
  func hint(_ code: CInt?) -> String? {
    switch (self, code) {
    case (.setOOMScore, EACCES), (.setOOMScore, EPERM): "lowering it needs CAP_SYS_RESOURCE"
    case (.setLimit, EPERM): "raising a hard limit needs CAP_SYS_RESOURCE"
    case (.mapUsers, EPERM), (.mapGroups, EPERM): "a mapped range must belong to the caller"
    case (.mapUsers, EINVAL), (.mapGroups, EINVAL): "ranges overlap or are not mapped above"
    case (.clone, EPERM): "run as root"
    case (.clone, ENOMEM): "linux.resources.memory.limit may be too small for the launch itself"
    case (.clone, ENOSPC): "the limit of namespaces is reached: see /proc/sys/user"
    case (.setLabel(let attribute, _), ENOENT) where attribute.contains("apparmor"):
      "process.apparmorProfile names a profile that is not loaded"
    case (.setSysctl, ENOENT): "this kernel has no such parameter"
    case (.becomeUser, EINVAL): "the user or group is not mapped in the user namespace"
    case (.mount(let mount), EPERM) where mount.isRemount:
      "in a user namespace, ro, nosuid, nodev, noexec and access times that came from outside stay"
    case (.mount(let mount), ENODEV): mount.isFilesystem ? "this kernel has no such file system" : nil
    default: nil
    }
  }
}

extension SyncPoint {
  var words: String {
    switch self {
    case .namespaces: "tell the runtime that the namespaces exist"
    case .timeOffsets: "tell the runtime that the time namespace exists"
    case .mounts: "tell the runtime that the mounts are done"
    case .created: "tell the runtime that the container is ready"
    }
  }
}

extension MountStep {
  var words: String {
    switch source {
    case .filesystem(let type, _, _): "mount \(type) on \(destination)"
    case .bind(let path, _): "bind \(path) on \(destination)"
    case .remount: "remount \(destination)"
    }
  }

  var isRemount: Bool { if case .remount = source { true } else { false } }

  var isFilesystem: Bool { if case .filesystem = source { true } else { false } }
}

extension ContainerHook {
  func failure(_ result: Int64) -> Failure {
    let operation = "run hook hooks.\(kind.rawValue)[\(index)] \(hook.path)"
    if result == Int64(-ETIMEDOUT) {
      return Failure(operation, reason: "took longer than \(hook.timeout ?? 0) s and was killed")
    }
    let code = LaunchedProcess.exitCode(CInt(truncatingIfNeeded: result))
    return Failure(
      operation, reason: "exit code \(code)",
      hint: code == 127 ? "is the path right inside the runtime's root?" : nil)
  }
}

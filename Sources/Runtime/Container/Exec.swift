import CShim
import Glibc
import OCISpec

/// What is said when a process is to be started in a live container.
public struct ExecOptions {
  public var process: OCISpec.Process
  public var consoleSocket: String?
  public var pidfdSocket: String?
  public var pidFile: String?
  public var preservedDescriptors = 0
  /// A cgroup below the container's own, by its path from there.
  public var cgroup: String?
  public var ignorePaused = false
  /// Whether standard input, output and error become the process's user's own; a terminal is handed over in any case.
  public var ownsStreams = true
  /// Takes the terminal's master where there is no console socket; it owns it from then on.
  public var receiveConsole: ((CInt, KernelCallListener) -> Void)?
  /// Told of each step, and of each kernel call that matters.
  public var observe: ((LaunchEvent) -> Void)?
  public var warn: (String) -> Void = { _ in }

  public init(process: OCISpec.Process) { self.process = process }
}

extension Container {
  /// Starts another process in the container; it is this process's child.
  public func exec(_ options: ExecOptions) throws -> LaunchedProcess {
    guard let target = record.process.open() else {
      throw Failure("cannot exec in container \(id)", reason: "container not running")
    }
    defer { close(target.pidfd) }
    let cgroup = try cgroup()
    if !options.ignorePaused, let cgroup, try cgroup.isFrozen() {
      throw Failure(
        "cannot exec in container \(id)", reason: "it is paused", hint: "resume it, or use --ignore-paused")
    }
    try options.process.validate()
    if options.process.terminal && options.consoleSocket == nil && options.receiveConsole == nil {
      throw Failure(
        "open a terminal", "process.terminal", reason: "--console-socket is needed to hand it over")
    }
    let spec = try spec()
    var launch = ExecLaunch(
      id: id, pid: target.pid, process: options.process, namespaces: try joinable(target.pid),
      cgroup: try execCgroup(cgroup, options), hierarchies: try hierarchies(of: target.pid, cgroup),
      seccomp: nil, userMappings: spec.linux?.uidMappings ?? [],
      labels: try Preparation.labels(of: options.process),
      preservedDescriptors: options.preservedDescriptors, consoleSocket: options.consoleSocket,
      handsOut: CreatedRecord(pidFile: options.pidFile, pidfdSocket: options.pidfdSocket),
      home: HomeFolder.find(for: options.process, in: "/proc/\(target.pid)/root"))
    launch.limitsMemoryFromBirth = cgroup?.layout.limitsMemoryFromBirth ?? false
    launch.ownsStreams = options.ownsStreams
    launch.resctrl = resctrlTasks(options.warn)
    if let section = spec.linux?.seccomp {
      launch.seccomp = try SeccompCache(folder: store.seccompCache).filter(for: section)
    }
    let plan = try ExecLowering.lower(launch)
    plan.warnings.forEach(options.warn)

    var delegate = LaunchDelegate()
    delegate.observe = options.observe
    delegate.tellBegin(plan)
    let groundwork = Groundwork()
    try groundwork.connect(plan, delegate)
    delegate.receiveConsole = { master, listener in
      try groundwork.handOver(master, listener, else: options.receiveConsole)
    }
    let record = record
    delegate.receiveListener = { descriptor, process, listener in
      try SeccompListener.hand(descriptor, process: process, spec: spec, record: record, telling: listener)
    }
    delegate.recordCreated = { process, listener in
      if let file = options.pidFile { try PidFile.write(process.pid, to: file, telling: listener) }
      if let path = options.pidfdSocket {
        try ConsoleSocket.sendPidfd(process.pidfd, to: path, telling: listener)
      }
    }
    var launcher = Launcher(plan, delegate: delegate)
    launcher.descriptors.process = target.pidfd
    launcher.preserved = options.preservedDescriptors
    return try launcher.launch()
  }

  /// The namespaces to join: joining one's own user namespace is an error, and a container that joined a
  /// namespace by path may be in the runtime's after all.
  private func joinable(_ pid: pid_t) throws(Failure) -> NamespaceSet {
    var kinds = record.namespaces
    if kinds.contains(.user), Self.namespace(.user, of: "\(pid)") == Self.namespace(.user, of: "self") {
      kinds.remove(.user)
    }
    return kinds
  }

  private static func namespace(_ kind: NamespaceSet, of process: String) -> ino_t {
    var status = stat()
    return stat("/proc/\(process)/ns/\(kind.procName)", &status) == 0 ? status.st_ino : 0
  }

  private func execCgroup(_ cgroup: Cgroup?, _ options: ExecOptions) throws -> String? {
    guard let cgroup else { return nil }
    guard let below = options.cgroup else {
      // Where the payload has moved its processes below, the container's own folder may not take one.
      return try CgroupMembership(of: record.process.pid).unifiedFolder(in: cgroup.layout) ?? cgroup.folder
    }
    if below.split(separator: "/").contains("..") {
      throw Failure("--cgroup", below, reason: ".. would lead out of the container's cgroup")
    }
    let folder = Files.clean(cgroup.folder + "/" + below)
    if !Files.exists(folder) { throw Failure("--cgroup", below, errno: ENOENT) }
    return folder
  }

  /// Where the groups are gone, the kernel has put all that was in them into the default class.
  private func resctrlTasks(_ warn: (String) -> Void) -> [String] {
    guard let resctrl = record.resctrl else { return [] }
    let tasks = resctrl.tasks.filter { Files.exists($0) }
    if tasks != resctrl.tasks {
      warn(
        "linux.intelRdt: the resctrl groups of container \(id) are gone: its processes are not limited by them"
      )
    }
    return tasks
  }

  private func hierarchies(of pid: pid_t, _ cgroup: Cgroup?) throws -> [CgroupFolder] {
    guard let cgroup else { return [] }
    return try CgroupMembership(of: pid).legacyFolders(of: cgroup.path, in: cgroup.layout)
  }
}

import CShim
import Glibc
import OCISpec

extension Container {
  /// Makes a container: afterwards its init waits for `start`. When this throws, nothing of it is left.
  public static func create(_ id: String, in store: ContainerStore, _ options: CreateOptions) throws
    -> Container
  {
    try make(id, in: store, .create, options).container
  }

  /// Makes a container and executes its payload at once; the payload is this process's child.
  public static func run(
    _ id: String, in store: ContainerStore, _ options: CreateOptions
  ) throws -> (container: Container, process: LaunchedProcess) {
    let made = try make(id, in: store, .run, options)
    do {
      try made.container.runHooks(.poststart, made.process)
    } catch {
      made.process.kill()
      try? made.container.remove()
      throw error
    }
    return made
  }

  private static func make(
    _ id: String, in store: ContainerStore, _ mode: ContainerLaunch.Mode, _ options: CreateOptions
  ) throws -> (container: Container, process: LaunchedProcess) {
    let preparation = try Preparation(id: id, store: store, mode: mode, options: options)
    preparation.plan.warnings.forEach(options.warn)
    let console =
      try options.consoleSocket.map { path throws(Failure) in try ConsoleSocket.connect(path) } ?? -1
    defer { if console >= 0 { close(console) } }

    let folder = try store.reserve(id)
    var container = Container(store: store, folder: folder, record: record(of: preparation, options))
    do {
      // Written before anything exists that would have to be found again.
      try container.record.write(folder)
      try Files.replace(container.configFile, preparation.source)
      try options.prepareScratch?()
      let process = try container.launch(preparation, mode, options, console: console)
      return (container, process)
    } catch {
      if let failure = error as? Failure, failure.kind == .notOurs { container.record.resctrl = nil }
      // What a failed launch made is taken away again, and hooks that undo are run.
      try? container.remove()
      throw error
    }
  }

  private static func record(of preparation: Preparation, _ options: CreateOptions) -> ContainerRecord {
    var namespaces: NamespaceSet = []
    for namespace in preparation.spec.linux?.namespaces ?? [] {
      namespaces.insert(NamespaceSet(namespace.type))
    }
    let hooks = preparation.spec.hooks
    return ContainerRecord(
      id: preparation.id, phase: .creating, process: .none, creator: ProcessIdentity(of: getpid()),
      bundle: preparation.bundle, rootfs: preparation.rootfs, created: Clock.now(),
      annotations: preparation.spec.annotations, owner: Owner.current,
      cgroup: preparation.cgroup.unified.path.text,
      usesLegacyCgroups: !preparation.cgroup.legacy.isEmpty, usesSystemd: options.usesSystemd,
      namespaces: namespaces, scratch: options.scratch,
      resctrl: preparation.resctrl.map { ResctrlRecord($0) },
      hasLaterHooks: hooks.map { !$0.poststart.isEmpty || !$0.poststop.isEmpty } ?? false)
  }

  private mutating func launch(
    _ preparation: Preparation, _ mode: ContainerLaunch.Mode, _ options: CreateOptions, console: CInt
  ) throws -> LaunchedProcess {
    var gate: CInt = -1
    var report: CInt = -1
    defer {
      if gate >= 0 { close(gate) }
      if report >= 0 { close(report) }
    }
    if mode == .create {
      gate = try Self.makePipe(gateFile)
      report = try Self.makePipe(startReportFile)
    }
    var delegate = LaunchDelegate()
    delegate.observe = options.observe
    let identity = (id: id, bundle: record.bundle, annotations: record.annotations)
    delegate.hookState = { kind, process in
      HookState.forRuntime(
        id: identity.id, pid: Int(process.pid), bundle: identity.bundle, kind: kind,
        annotations: identity.annotations)
    }
    delegate.receiveConsole = { master in
      if console >= 0 {
        defer { close(master) }
        try ConsoleSocket.send(master, name: "/dev/pts/ptmx", over: console)
      } else if let receive = options.receiveConsole {
        receive(master)
      }
    }
    let (spec, record, folder) = (preparation.spec, self.record, self.folder)
    var finished = record
    delegate.receiveListener = { listener, process in
      try SeccompListener.hand(listener, process: process, spec: spec, record: record)
    }
    delegate.recordCreated = { process in
      finished.phase = .created
      finished.process = ProcessIdentity(of: process.pid, pidfd: process.pidfd)
      // The state before the pid file, and both before the payload may go on: who sees one finds the other.
      try finished.write(folder)
      if let file = options.pidFile { try PidFile.write(process.pid, to: file) }
      if let path = options.pidfdSocket { try ConsoleSocket.sendPidfd(process.pidfd, to: path) }
    }
    var launcher = Launcher(preparation.plan, delegate: delegate)
    launcher.descriptors.gate = gate
    launcher.descriptors.startReport = report
    launcher.preserved = options.preservedDescriptors + options.listenDescriptors
    launcher.layout = preparation.layout
    let process = try launcher.launch()
    self.record = finished
    return process
  }

  /// A named pipe, open in both directions: neither opening nor writing waits for anyone.
  private static func makePipe(_ path: String) throws(Failure) -> CInt {
    if mkfifo(path, 0o600) != 0 { throw Failure("make pipe", path, errno: errno) }
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    if descriptor < 0 { throw Failure("open", path, errno: errno) }
    return descriptor
  }
}

/// The user who makes a container, by name where there is one.
enum Owner {
  static var current: String {
    let uid = geteuid()
    if uid == 0 { return "root" }
    return "#\(uid)"
  }
}

/// The number of a container's process, for engines.
enum PidFile {
  static func write(_ pid: pid_t, to path: String) throws(Failure) {
    try Files.replace(path, Array(String(pid).utf8), mode: 0o644)
  }
}

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
    try make(id, in: store, .run, options)
  }

  private static func make(
    _ id: String, in store: ContainerStore, _ mode: ContainerLaunch.Mode, _ options: CreateOptions
  ) throws -> (container: Container, process: LaunchedProcess) {
    let preparation = try Preparation(id: id, store: store, mode: mode, options: options)
    preparation.plan.warnings.forEach(options.warn)
    var delegate = LaunchDelegate()
    delegate.observe = options.observe
    delegate.tellBegin(preparation.plan)
    let groundwork = Groundwork()
    do {
      try groundwork.lay(preparation, in: store, record(of: preparation, options), options, delegate)
      guard var container = groundwork.container else { preconditionFailure("a plan that takes no ID") }
      let process = try container.launch(preparation, options, groundwork, &delegate)
      if mode == .run { try container.runPoststartHooks(preparation.plan, process, delegate) }
      return (container, process)
    } catch {
      var container = groundwork.container
      switch (error as? Failure)?.kind {
      case .notOurs: container?.record.resctrl = nil
      case .cgroupInUse:
        container?.record.cgroup = nil
        container?.record.resctrl = nil
      default: break
      }
      // What a failed launch made is taken away again, and hooks that undo are run.
      try? container?.remove()
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
      namespaces: namespaces,
      resctrl: preparation.resctrl.map { ResctrlRecord($0) },
      hasLaterHooks: hooks.map { !$0.poststart.isEmpty || !$0.poststop.isEmpty } ?? false)
  }

  private mutating func launch(
    _ preparation: Preparation, _ options: CreateOptions, _ groundwork: Groundwork,
    _ delegate: inout LaunchDelegate
  ) throws -> LaunchedProcess {
    let identity = (id: id, bundle: record.bundle, annotations: record.annotations)
    delegate.hookState = { kind, process in
      HookState.forRuntime(
        id: identity.id, pid: Int(process.pid), bundle: identity.bundle, kind: kind,
        annotations: identity.annotations)
    }
    delegate.receiveConsole = { master, listener in
      try groundwork.handOver(master, listener, else: options.receiveConsole)
    }
    delegate.outside = options.outside
    let (spec, record, folder) = (preparation.spec, self.record, self.folder)
    let cgroup = Cgroup(layout: preparation.layout, path: preparation.cgroup.unified.path)
    var finished = record
    delegate.receiveListener = { descriptor, process, listener in
      try SeccompListener.hand(descriptor, process: process, spec: spec, record: record, telling: listener)
    }
    delegate.recordUnit = { start, listener in
      finished.unit = start
      groundwork.note(start)
      try finished.write(folder, telling: listener)
    }
    delegate.recordCreated = { process, listener in
      finished.phase = .created
      finished.process = ProcessIdentity(of: process.pid, pidfd: process.pidfd)
      // The state before the pid file, and both before the payload may go on: who sees one finds the other.
      try finished.write(folder, telling: listener)
      if let file = options.pidFile { try PidFile.write(process.pid, to: file, telling: listener) }
      if let path = options.pidfdSocket {
        try ConsoleSocket.sendPidfd(process.pidfd, to: path, telling: listener)
      }
      options.watchCgroup?(cgroup, listener)
    }
    var launcher = Launcher(preparation.plan, delegate: delegate)
    launcher.descriptors.gate = groundwork.gate
    launcher.descriptors.startReport = groundwork.report
    launcher.preserved = options.preservedDescriptors + options.listenDescriptors
    launcher.layout = preparation.layout
    let process = try launcher.launch()
    self.record = finished
    return process
  }

  /// The payload runs: a hook that fails ends it.
  private func runPoststartHooks(
    _ plan: LaunchPlan, _ process: LaunchedProcess, _ delegate: LaunchDelegate
  ) throws {
    for (index, step) in plan.steps.enumerated() {
      guard case .runtimeHook(let hook) = step, hook.kind == .poststart else { continue }
      do {
        try delegate.telling(index) { listener in
          try HookRunner.run(
            hook.hook, kind: hook.kind, index: hook.index, state: delegate.hookState(hook.kind, process),
            telling: listener)
        }
      } catch {
        process.kill()
        throw error
      }
    }
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
  static func write(_ pid: pid_t, to path: String, telling listener: KernelCallListener) throws(Failure) {
    try Files.replace(path, Array(String(pid).utf8), mode: 0o644, telling: listener)
  }
}

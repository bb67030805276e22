import CShim
import Glibc
import OCISpec

/// Carries out a launch plan: the runtime's steps itself, the init's by sending them to it.
///
/// When `launch` throws, the init is dead and reaped; what the runtime's steps made on the host (the cgroup) is
/// the caller's to remove.
struct Launcher: ~Copyable {
  let plan: LaunchPlan
  let delegate: LaunchDelegate
  /// Descriptors that the caller opened for the init, and keeps.
  var descriptors = PlanEncoder.Descriptors()
  /// Descriptors from 3 on that the payload inherits as they are.
  var preserved = 0
  var layout: CgroupLayout?

  /// What was opened for the init, closed when the launch is over.
  private var opened: [CInt] = []
  private var process = LaunchedProcess.none
  private var failedHook: Int64?
  private var cgroupIsNew = true
  private var lockedMounts: CInt = -1
  private var narrator: LaunchNarrator
  /// The step that is being done; nil where that is not known.
  private var current: Int?
  /// Only where systemd makes the cgroup.
  private var placeholder: UnitPlaceholder?

  init(_ plan: LaunchPlan, delegate: LaunchDelegate) {
    self.plan = plan
    self.delegate = delegate
    narrator = LaunchNarrator(delegate, plan.steps)
  }

  deinit { for descriptor in opened { close(descriptor) } }

  /// Executes the plan up to the payload's exec, or, with a gate, up to the wait for `start`. The steps of the
  /// groundwork are done already.
  mutating func launch() throws -> LaunchedProcess {
    do {
      return try carryOut()
    } catch {
      narrator.fail(current, error)
      throw error
    }
  }

  private mutating func carryOut() throws -> LaunchedProcess {
    guard let birth = plan.steps.firstIndex(where: { if case .clone = $0 { true } else { false } }),
      case .clone(let clone) = plan.steps[birth]
    else { preconditionFailure("a launch plan without a clone") }
    for index in 0..<birth where !plan.steps[index].isGroundwork { try perform(index) }
    current = birth
    let listener = delegate.listener(step: birth)
    try openForInit(telling: listener)

    let program = try SealedInit.make(telling: listener)
    var ends: [CInt] = [-1, -1]
    let made = socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends)
    listener.tell(.socketpair("[\(ends[0]), \(ends[1])]"), made < 0 ? -errno : made)
    guard made == 0 else {
      throw Failure("make a socket for the init", errno: errno)
    }
    let socket = ReportSocket(end: OwnedFD(ends[0]))
    let initEnd = ends[1]
    let memory = ChildMemory(arguments: ["swiftainer-init", String(initEnd)], kept: [initEnd] + inherited)
    do {
      defer { close(initEnd) }
      try giveBirth(clone, step: birth, program: program.raw, report: initEnd, memory)
    }
    do {
      try performFollowing(birth)
      try socket.send(
        PlanEncoder.encode(
          plan.steps, descriptors: descriptors, lastCapability: CapabilitySet.last,
          trace: delegate.observe != nil))
      try performBeside()
      try follow(socket)
    } catch {
      let cause = (error as? Failure)?.kind == .initIsGone ? lastWord(on: socket) : error
      process.kill()
      close(process.pidfd)
      throw cause
    }
    return process
  }

  private var inherited: [CInt] {
    Array(descriptors.namespaces.values) + Array(descriptors.trees.values)
      + Array(descriptors.hierarchies.values)
      + [descriptors.process, descriptors.gate, descriptors.startReport].filter { $0 >= 0 }
  }

  private mutating func giveBirth(
    _ clone: CloneStep, step: Int, program: CInt, report: CInt, _ memory: borrowing ChildMemory
  ) throws {
    var cgroup: CInt = -1
    if let folder = clone.cgroup {
      cgroup = openat(AT_FDCWD, folder, KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
      let flags = UInt64(KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
      delegate.listener(step: step).tell(.openat(.current, folder, flags), cgroup < 0 ? -errno : cgroup)
      if cgroup < 0 { throw Failure("open cgroup", folder, errno: errno) }
    }
    defer { if cgroup >= 0 { close(cgroup) } }
    memory.launch.pointee.namespaces = clone.namespaces.rawValue
    memory.launch.pointee.cgroup = cgroup
    memory.launch.pointee.program = program
    memory.launch.pointee.report = report
    memory.launch.pointee.waits = clone.waitsForExec ? 1 : 0
    memory.launch.pointee.step = UInt32(step)
    memory.launch.pointee.first_unknown = CInt(3 + preserved)
    var pidfd: CInt = -1
    let pid = shim_launch(memory.launch, &pidfd)
    let listener = delegate.listener(step: step)
    listener.tell(clone.call(pidfd: pidfd, cgroup: cgroup), pid)
    if pid == -EINVAL,
      let missing = clone.namespaces.members.first(where: { !Files.exists("/proc/self/ns/" + $0.procName) })
    {
      throw SpecError("linux.namespaces", "this kernel has no \(missing.words) namespaces")
    }
    if pid < 0 { throw plan.steps[step].failure(call: Int(__NR_clone3), errno: -pid) }
    process = LaunchedProcess(pid: pid, pidfd: pidfd)
    guard narrator.isHeard else { return }
    let kept = ([report] + inherited).map { CallDescriptor.number($0) }
    narrator.expect(
      clone.childCalls(
        program: .number(program), report: .number(report), kept: kept, firstUnknown: 3 + preserved), of: step
    )
  }

  // MARK: What the init says

  private mutating func follow(_ socket: borrowing ReportSocket) throws {
    var isCreated = false
    while let report = try socket.next() {
      narrator.hear(report)
      current = report.step
      switch report.kind {
      case PLAN_REPORT_CALL: break
      case PLAN_REPORT_SYNC:
        isCreated = report.result == Int64(SyncPoint.created.rawValue)
        try performFollowing(report.step)
        try socket.go()
      case PLAN_REPORT_CONSOLE:
        try delegate.receiveConsole(report.descriptor, delegate.listener(step: report.step))
      case PLAN_REPORT_LISTENER:
        let telling = delegate.listener(step: report.step)
        let listener = shim_pidfd_getfd(process.pidfd, CInt(report.result))
        telling.tell(.pidfd_getfd(.number(process.pidfd), report.result), listener)
        if listener < 0 { throw Failure("take the seccomp listener", errno: -listener) }
        let owned = OwnedFD(listener)
        try delegate.receiveListener(owned.raw, process, telling)
        try socket.go()
      case PLAN_REPORT_FORKED:
        try adopt(pid_t(report.result))
        try socket.go()
      case PLAN_REPORT_HOOK:
        failedHook = report.result
      default:
        throw plan.steps[min(report.step, plan.steps.count - 1)].failure(report, hook: failedHook)
      }
    }
    // The socket's end: closed by the exec, by the wait for `start`, or by death.
    if !isCreated {
      // What the init was at is its secret.
      current = nil
      throw unexpectedEnd()
    }
    narrator.end()
  }

  /// The init went on as a child of itself, which is our child as well.
  private mutating func adopt(_ pid: pid_t) throws {
    let pidfd = shim_pidfd_open(pid, 0)
    if pidfd < 0 { throw Failure("follow the init", "process \(pid)", errno: -pidfd) }
    _ = process.wait()
    close(process.pidfd)
    process = LaunchedProcess(pid: pid, pidfd: pidfd)
  }

  /// Why the init was gone before it had been told everything: what it said last, else how it ended.
  private mutating func lastWord(on socket: borrowing ReportSocket) -> Error {
    do {
      try follow(socket)
      return unexpectedEnd()
    } catch {
      return error
    }
  }

  private func unexpectedEnd() -> Failure {
    guard let status = process.wait() else {
      return Failure("start container", reason: "the init ended before it was done")
    }
    let code = LaunchedProcess.exitCode(status)
    if code == PLAN_EXIT_OTHER_BUILD {
      return Failure(
        "start container", reason: "swiftainer-init is of another build than this program",
        hint:
          "if others were installed meanwhile: stop the container and start it, so that its monitor is a new one"
      )
    }
    // Where memory does not suffice for the exec, it does not suffice for a report either.
    if code == 128 + SIGKILL || code == 125 {
      return Failure(
        "start container",
        reason: code == 125 ? "the init could not say why it gave up" : "the init was killed",
        hint: "linux.resources.memory.limit may be too small for the launch itself")
    }
    let end = code > 128 ? "signal \(code - 128)" : "exit code \(code)"
    return Failure("start container", reason: "the init ended before it was done, \(end)")
  }

  // MARK: The runtime's own steps

  private var runtimeSteps: RuntimeSteps {
    RuntimeSteps(delegate: delegate, process: process, layout: layout, placeholder: placeholder)
  }

  /// Does the runtime's steps that stand right behind a step of the init.
  private mutating func performFollowing(_ index: Int) throws {
    var next = index + 1
    while next < plan.steps.count, plan.steps[next].actor == .runtime, !plan.steps[next].isBeside {
      current = next
      var launcher = runtimeSteps
      try launcher.perform(plan.steps[next], next)
      next += 1
    }
  }

  /// Does what needs not be done before the init goes to work: two processors are faster than one.
  private mutating func performBeside() throws {
    for (index, step) in plan.steps.enumerated() where step.isBeside {
      current = index
      var launcher = runtimeSteps
      launcher.cgroupIsNew = cgroupIsNew
      try launcher.perform(step, index)
    }
  }

  private mutating func perform(_ index: Int) throws {
    current = index
    if case .startUnit = plan.steps[index] { placeholder = UnitPlaceholder() }
    var steps = runtimeSteps
    steps.lockedMounts = lockedMounts
    try steps.perform(plan.steps[index], index)
    switch plan.steps[index] {
    case .prepareTree(let mount, _):
      opened.append(steps.tree)
      descriptors.trees[mount.field] = steps.tree
    case .lockMounts:
      lockedMounts = steps.lockedMounts
      opened.append(lockedMounts)
    case .prepareCgroup: cgroupIsNew = steps.cgroupIsNew
    default: break
    }
  }

  /// Opens what the init joins, while the host's paths still mean what they say.
  private mutating func openForInit(telling listener: KernelCallListener) throws {
    for (index, step) in plan.steps.enumerated() {
      switch step {
      case .joinNamespace(let kind, let path, _):
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        listener.tell(
          .openat(.current, path, UInt64(O_RDONLY | O_CLOEXEC)), descriptor < 0 ? -errno : descriptor)
        if descriptor < 0 {
          throw Failure("join \(kind.words) namespace", path, errno: errno)
        }
        opened.append(descriptor)
        descriptors.namespaces[index] = descriptor
      case .joinHierarchy(let folder):
        let file = folder.tasksFile
        let descriptor = Glibc.open(file, O_WRONLY | O_CLOEXEC)
        listener.tell(
          .openat(.current, file, UInt64(O_WRONLY | O_CLOEXEC)), descriptor < 0 ? -errno : descriptor)
        if descriptor < 0 { throw Failure("join cgroup", file, errno: errno) }
        opened.append(descriptor)
        descriptors.hierarchies[file] = descriptor
      default: break
      }
    }
  }
}

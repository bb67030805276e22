import CShim
import Glibc
import OCISpec

extension Container {
  /// Lets the payload run, and returns once it is executed.
  ///
  /// - Parameters:
  ///   - listener: told of each call made here that matters.
  ///   - observe: told of what the init does behind the gate, where the container was made with an observer.
  public func start(
    telling listener: KernelCallListener = .nobody, observe: ((LaunchEvent) -> Void)? = nil
  ) throws {
    let report = open(startReportFile, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    // Of two at once one is first; whoever comes second finds a container that runs.
    if report >= 0 { flock(report, LOCK_EX) }
    let socket = ReportSocket(end: OwnedFD(report))
    switch try status() {
    case .created: break
    case .stopped:
      throw Failure(
        "cannot start container \(id)", reason: "it has stopped: its init has died",
        hint: "delete it and create it anew")
    case let status: throw Failure("cannot start container \(id)", reason: "it is \(status.rawValue)")
    }
    if report < 0 { throw Failure("start container \(id)", startReportFile, errno: ENOENT) }
    // Before the gate is opened: behind it, the init may have ended before anyone looks, and has said why.
    guard let process = record.process.open() else {
      throw Failure("cannot start container \(id)", reason: "its init has died")
    }
    defer { close(process.pidfd) }
    try openGate(telling: listener)
    if let failed = try awaitExec(socket, observe) { throw failed }
    do {
      try runHooks(.poststart, process, telling: listener)
    } catch {
      process.signal(SIGKILL)
      throw error
    }
  }

  private func openGate(telling listener: KernelCallListener) throws(Failure) {
    let flags = O_WRONLY | O_NONBLOCK | O_CLOEXEC
    let gate = open(gateFile, flags)
    listener.tell(.openat(.current, gateFile, UInt64(flags)), gate < 0 ? -errno : gate)
    if gate < 0 {
      if errno == ENXIO {
        throw Failure("cannot start container \(id)", reason: "it is running, or its init has died")
      }
      throw Failure("start container \(id)", gateFile, errno: errno)
    }
    let owned = OwnedFD(gate)
    try Files.write([1], to: owned.raw, gateFile)
    listener.tell(.write(.number(owned.raw), startOf: [1]), 1)
  }

  /// The init's end of the pipe is closed by the exec; what it says before is why there was none.
  private func awaitExec(
    _ socket: borrowing ReportSocket, _ observe: ((LaunchEvent) -> Void)?
  ) throws -> Error? {
    // Opened without waiting for a writer, read with waiting for one.
    _ = fcntl(socket.end.raw, F_SETFL, 0)
    var hook: Report?
    var narrator: LaunchNarrator?
    while let report = try socket.next() {
      // A plan that is traced tells of every call, and of the exec beforehand.
      if observe != nil && narrator == nil { narrator = try self.narrator(from: report.step, observe) }
      narrator?.hear(report)
      if report.kind == PLAN_REPORT_CALL { continue }
      if report.kind == PLAN_REPORT_HOOK {
        hook = report
        continue
      }
      let spec = try spec()
      let failure = StartFailure.of(report, spec: spec, hook: hook)
      narrator?.fail(report.step, failure)
      return failure
    }
    narrator?.end()
    return nil
  }

  /// Who tells of the plan's end. The plan is long gone, but what stands behind the gate is known: the
  /// `startContainer` hooks and the exec.
  ///
  /// - Parameter first: the number of the first of these steps.
  private func narrator(from first: Int, _ observe: ((LaunchEvent) -> Void)?) throws -> LaunchNarrator {
    let spec = try spec()
    var steps = [Step](repeating: .becomeNotDumpable, count: first)
    for (index, hook) in (spec.hooks?.startContainer ?? []).enumerated() {
      steps.append(.containerHook(ContainerHook(kind: .startContainer, index: index, hook: hook, state: [])))
    }
    let process = spec.process ?? OCISpec.Process(args: [], cwd: "/")
    // HOME is added where it is missing; only the number of variables is told.
    let environment = ProcessLowering.completed(process.env, home: "/")
    steps.append(.execute(arguments: process.args, environment: environment, supervised: false))
    var delegate = LaunchDelegate()
    delegate.observe = observe
    return LaunchNarrator(delegate, steps)
  }
}

import CShim
import Glibc
import OCISpec

extension Container {
  /// Lets the payload run, and returns once it is executed.
  public func start() throws {
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
    try openGate()
    guard let process = record.process.open() else { return }
    defer { close(process.pidfd) }
    if let failed = try awaitExec(socket) { throw failed }
    do {
      try runHooks(.poststart, process)
    } catch {
      process.signal(SIGKILL)
      throw error
    }
  }

  private func openGate() throws(Failure) {
    let gate = open(gateFile, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    if gate < 0 {
      if errno == ENXIO {
        throw Failure("cannot start container \(id)", reason: "it is running, or its init has died")
      }
      throw Failure("start container \(id)", gateFile, errno: errno)
    }
    let owned = OwnedFD(gate)
    try Files.write([1], to: owned.raw, gateFile)
  }

  /// The init's end of the pipe is closed by the exec; what it says before is why there was none.
  private func awaitExec(_ socket: borrowing ReportSocket) throws -> Error? {
    // Opened without waiting for a writer, read with waiting for one.
    _ = fcntl(socket.end.raw, F_SETFL, 0)
    var hook: Int64?
    while let report = try socket.next() {
      // A plan that is traced tells of every call, and of the exec beforehand.
      if report.kind == PLAN_REPORT_CALL { continue }
      if report.kind == PLAN_REPORT_HOOK {
        hook = report.result
        continue
      }
      let spec = try spec()
      return StartFailure.of(report, spec: spec, hook: hook)
    }
    return nil
  }
}

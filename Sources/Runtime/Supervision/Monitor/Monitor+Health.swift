import Glibc
import OCISpec

/// A health probe under way.
final class RunningProbe {
  let process: LaunchedProcess
  /// RFC 3339.
  let started: String
  let deadline: UInt64
  private(set) var output: CInt
  private var collected: [UInt8] = []

  init(_ process: LaunchedProcess, started: String, output: CInt, deadline: UInt64) {
    self.process = process
    self.started = started
    self.output = output
    self.deadline = deadline
  }

  deinit {
    close(process.pidfd)
    if output >= 0 { close(output) }
  }

  /// What it has said so far, cut off.
  var text: String { String(decoding: collected.prefix(HealthProbeResult.outputLimit), as: UTF8.self) }

  /// Reads what is there; a probe may say more than is kept. Returns whether the stream has ended.
  func collect() -> Bool {
    guard output >= 0 else { return true }
    var ended = false
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
      while true {
        let got = read(output, buffer.baseAddress, buffer.count)
        if got < 0 && errno == EINTR { continue }
        ended = got == 0
        if got <= 0 { return }
        let room = HealthProbeResult.outputLimit - collected.count
        if room > 0 { collected += buffer[..<min(room, got)] }
      }
    }
    return ended
  }

  func closeOutput() {
    if output >= 0 { close(output) }
    output = -1
  }
}

extension Monitor {
  func scheduleProbe() {
    guard let check = supervision.healthCheck, let payload, let health = status.health else { return }
    let now = Clock.monotonicNanoseconds()
    nextProbe = now + check.wait(health, age: now - payload.launched)
  }

  func passProbeTime(_ now: UInt64) {
    if let probe, probe.deadline <= now {
      probe.process.signal(SIGKILL)
      _ = probe.process.wait()
      _ = probe.collect()
      let seconds = supervision.healthCheck.map { GoDuration.text($0.timeout) } ?? ""
      finish(probe, exitCode: -1, output: "Health check exceeded timeout (\(seconds))")
    }
    guard let moment = nextProbe, moment <= now else { return }
    nextProbe = nil
    // Nothing is asked of who is stopped where it stands; `unpause` goes on.
    if status.state == .running { startProbe() }
  }

  private func startProbe() {
    guard let check = supervision.healthCheck, let payload, probe == nil else { return }
    let started = Clock.now()
    do {
      let (process, output) = try Self.launch(check, in: payload.container)
      let probe = RunningProbe(
        process, started: started, output: output, deadline: Clock.monotonicNanoseconds() + check.timeout)
      self.probe = probe
      poller.watch(process.pidfd, .input)
      poller.watch(output, .input)
      let command = check.command.joined(separator: " ")
      delegate.event("exec_start: " + command, [])
    } catch {
      let now = Clock.now()
      judge(HealthProbeResult(start: now, end: now, exitCode: -1, output: "\(error)"))
    }
  }

  /// Starts the probe with its output in a pipe.
  private static func launch(
    _ check: HealthCheck, in container: Container
  ) throws -> (LaunchedProcess, CInt) {
    // As the payload: its user, its variables, its folder.
    var process = try container.spec().process ?? OCISpec.Process(args: [], cwd: "/")
    process.args = check.command
    process.terminal = false
    let streams = try PayloadStreams(terminal: false, interactive: false)
    let launched = try streams.withPayloadEnds(sharingOutput: true) {
      try container.exec(ExecOptions(process: process))
    }
    return (launched, streams.giveOutput())
  }

  func probeIsReady(_ descriptor: CInt) {
    guard let probe else { return }
    if descriptor == probe.output {
      if probe.collect() {
        poller.forget(descriptor)
        probe.closeOutput()
      }
      return
    }
    let status = probe.process.wait() ?? 0
    _ = probe.collect()
    finish(probe, exitCode: LaunchedProcess.exitCode(status), output: probe.text)
  }

  private func finish(_ probe: RunningProbe, exitCode: CInt, output: String) {
    forgetProbe()
    delegate.event("exec_die", [("exitCode", "\(exitCode)")])
    judge(HealthProbeResult(start: probe.started, end: Clock.now(), exitCode: exitCode, output: output))
  }

  /// The container has ended under a probe.
  func endProbe() {
    guard let probe else { return }
    probe.process.signal(SIGKILL)
    _ = probe.process.wait()
    forgetProbe()
  }

  private func forgetProbe() {
    guard let probe else { return }
    poller.forget(probe.process.pidfd)
    if probe.output >= 0 { poller.forget(probe.output) }
    self.probe = nil
  }

  private func judge(_ result: HealthProbeResult) {
    guard let check = supervision.healthCheck, let health = status.health, let payload else { return }
    let age = Clock.monotonicNanoseconds() - payload.launched
    let judged = check.judge(health, result, age: age)
    status.health = judged
    record()
    scheduleProbe()
    if judged.status != health.status {
      delegate.event("health_status: " + judged.status.rawValue, [])
      if judged.status == .unhealthy { react(check.reaction) }
    }
  }

  private func react(_ reaction: HealthCheck.Reaction) {
    switch reaction {
    case .none: break
    case .kill: killPayload()
    case .stop: stop(signal: nil, timeout: nil, byHand: true, for: nil)
    case .restart:
      restartsByHand = true
      status.restartCount += 1
      guard let payload else { return }
      isStopping = true
      askToEnd(payload, signal: nil, timeout: nil)
    }
  }
}

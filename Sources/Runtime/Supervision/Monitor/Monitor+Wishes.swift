import Glibc

extension Monitor {
  /// Ends the payload in good order; a restart that is due is called off.
  ///
  /// - Parameter client: is told when it has ended.
  func stop(signal: CInt?, timeout: Int32?, byHand: Bool, for client: MonitorClient?) {
    // Written down before anything is sent: the policy must not take the end for a failure.
    if byHand { status.isStoppedByHand = true }
    restartsByHand = false
    client?.awaitsStop = true
    if let payload {
      record()
      isStopping = true
      askToEnd(payload, signal: signal, timeout: timeout)
    } else if case .waiting = phase {
      // The restart that was due does not come.
      end { delegate.event("stop", []) }
    } else {
      client?.tell(.done)
    }
  }

  func askToEnd(_ payload: Payload, signal: CInt?, timeout: Int32?) {
    let seconds = timeout ?? supervision.stopTimeout
    if seconds >= 0 {
      let moment = Clock.monotonicNanoseconds() + UInt64(seconds) * 1_000_000_000
      killDeadline = min(killDeadline ?? moment, moment)
    }
    send(signal ?? supervision.stopSignal, to: payload)
  }

  private func send(_ signal: CInt, to payload: Payload) {
    delegate.event("kill", [("signal", "\(signal)")])
    if signal == SIGKILL { killPayload() } else { payload.process.signal(signal) }
    // A stopped one would not take it.
    if status.state == .paused { thaw(payload) }
  }

  func killPayload() {
    guard let payload else { return }
    // Where the payload shares the host's processes, its own go as well.
    if (try? payload.container.kill(SIGKILL)) == nil { payload.process.signal(SIGKILL) }
    try? payload.container.cgroup()?.hasten()
    if status.state == .paused { thaw(payload) }
  }

  func restart(signal: CInt?, timeout: Int32?, for client: MonitorClient) {
    client.awaitsRestart = true
    status.isStoppedByHand = false
    status.restartCount = 0
    restartsByHand = true
    delay = RestartDelay()
    if let payload {
      isStopping = true
      record()
      askToEnd(payload, signal: signal, timeout: timeout)
    } else {
      restartsByHand = false
      phase = .waiting(until: Clock.monotonicNanoseconds())
    }
  }

  /// Sends a signal for somebody. One that is meant to end the payload is a wish that it stays ended.
  func signal(_ number: CInt, for client: MonitorClient) {
    let isEnd = number == SIGKILL || number == supervision.stopSignal
    guard let payload else {
      if isEnd, case .waiting = phase {
        stop(signal: nil, timeout: nil, byHand: true, for: client)
      } else {
        client.tell(.refused("container \(id) is not running"))
      }
      return
    }
    if isEnd {
      status.isStoppedByHand = true
      record()
      send(number, to: payload)
    } else {
      delegate.event("kill", [("signal", "\(number)")])
      payload.process.signal(number)
    }
    client.tell(.done)
  }

  private func thaw(_ payload: Payload) {
    try? payload.container.resume()
    runsAgain()
  }

  /// Writes down that the payload stands still no longer, for whomever it did.
  func runsAgain() {
    for client in clients.values { client.holds = false }
    status.state = .running
    record()
    // The next probe is due an interval from now.
    scheduleProbe()
  }
}

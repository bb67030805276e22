import Glibc

extension Monitor {
  /// The payload's first process has ended, and with it the container.
  func payloadEnded() {
    guard let payload else { return }
    noticeOutOfMemory()
    // What was told of before may have become a kill only then.
    if payload.memory.hasKilled() { status.isOOMKilled = true }
    poller.forget(payload.process.pidfd)
    let status = payload.process.wait() ?? 0
    endProbe()
    // What else runs in the container ends now: then everything that was written is there to be read.
    try? payload.container.delete(force: true)
    drain(payload)
    forget(payload)
    conclude(
      exitCode: LaunchedProcess.exitCode(status), ran: Clock.monotonicNanoseconds() - payload.launched,
      isByHand: isStopping)
  }

  private func drain(_ payload: Payload) {
    for isError in [false, true] {
      while true {
        let descriptor = isError ? payload.streams.errorOutput : payload.streams.output
        if descriptor < 0 { break }
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // Whoever outside was given an end of the pipe may hold it for ever.
        guard poll(&polled, 1, 0) > 0 else { break }
        passOutput(descriptor, isError: isError)
      }
    }
    log.finish()
  }

  private func forget(_ payload: Payload) {
    for descriptor in [
      payload.streams.output, payload.streams.errorOutput, payload.streams.input, payload.memory.descriptor,
    ] where descriptor >= 0 { poller.forget(descriptor) }
    self.payload = nil
  }

  /// What follows an end: a restart at once, one after a wait, or the container's end.
  func conclude(exitCode: Int32, ran: UInt64, isByHand: Bool) {
    killDeadline = nil
    nextProbe = nil
    isStopping = false
    status.pid = 0
    status.exitCode = exitCode
    status.finishedAt = Clock.now()
    services.replace(by: [], poller)
    delegate.ended()
    let isStopped = isByHand && !restartsByHand
    let tell = { [delegate] in
      delegate.event("die", [("exitCode", "\(exitCode)")])
      if isStopped { delegate.event("stop", []) }
    }
    let restarts =
      !isByHand && !status.isStoppedByHand
      && supervision.restartRule.restarts(exitCode: exitCode, restarts: status.restartCount)
    if restartsByHand {
      restartsByHand = false
      // A KILL for a payload that took too long to end was no wish that it stays ended.
      status.isStoppedByHand = false
      status.state = .restarting
      record()
      tell()
      tellEnd(exitCode, restarts: true)
      // Who wanted it stopped meanwhile has had that.
      tellStopped()
      phase = .waiting(until: Clock.monotonicNanoseconds())
    } else if restarts {
      status.restartCount += 1
      status.state = .restarting
      record()
      tell()
      phase = .waiting(until: Clock.monotonicNanoseconds() + delay.take(ran: ran))
      tellEnd(exitCode, restarts: true)
    } else {
      end(tell)
    }
  }

  /// Nothing follows.
  ///
  /// - Parameter tell: tells what has happened. Whoever hears of it and looks finds it written down.
  func end(_ tell: () -> Void = {}) {
    status.state = .exited
    record()
    tell()
    phase = .ended
    delegate.finished()
    // Who waits for a container that removes itself waits for that.
    if supervision.removesItself { delegate.remove() }
    tellEnd(status.exitCode, restarts: false)
    tellStopped()
  }

  private func tellStopped() {
    for client in clients.values where client.awaitsStop {
      client.awaitsStop = false
      client.tell(.done)
    }
  }

  private func tellEnd(_ code: Int32, restarts: Bool) {
    for client in clients.values where client.awaitsEnd {
      if client.attached == nil || client.starts { client.awaitsEnd = false }
      client.tell(.ended(code: code, restarts: restarts))
    }
  }

  func noticeOutOfMemory() {
    guard let payload, let times = try? payload.memory.take(), times > 0 else { return }
    if payload.memory.hasKilled() { status.isOOMKilled = true }
    record()
    delegate.event("oom", [])
  }
}

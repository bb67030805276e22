import CShim
import Glibc

extension Monitor {
  /// The launch that somebody has asked for.
  func launchFirst(_ request: ExplainRequest?, for client: MonitorClient) {
    // What was intended before is over: it is to run.
    status.isStoppedByHand = false
    status.restartCount = 0
    do {
      let explanation = request.map { request in
        Explanation(
          format: request.asJSON ? .json : .text, colour: request.colour,
          columns: request.columns > 0 ? Int(request.columns) : nil
        ) { client.tell(.explanation($0)) }
      }
      defer { explanation?.finish() }
      let told = delegate.told
      try launch(
        observe: explanation.map { explanation in
          { event in
            guard case .failed(let step, let error, let time) = event else {
              return explanation.observe(event)
            }
            explanation.observe(.failed(step: step, told(error), at: time))
          }
        })
      client.tell(.launched(pid: status.pid))
      startLock = nil
    } catch {
      let told = delegate.told(error)
      let code = Self.exitCode(of: told)
      status.state = status.startedAt.isEmpty ? .created : .exited
      status.exitCode = code
      status.error = "\(told)"
      record()
      delegate.ended()
      delegate.finished()
      phase = .ended
      if supervision.removesItself { delegate.remove() }
      client.tell(.failed(code: code, text: status.error))
    }
  }

  /// As in a shell: 127 where the program is missing, 126 where it cannot be executed, 125 for all else.
  private static func exitCode(of error: Error) -> Int32 {
    switch (error as? Failure)?.kind {
    case .programNotFound: 127
    case .programNotExecutable: 126
    default: 125
    }
  }

  private func launch(observe: ((LaunchEvent) -> Void)?) throws {
    var creation = try delegate.creation()
    let streams = try PayloadStreams(
      terminal: supervision.terminal, interactive: supervision.interactive)
    creation.diesWithRuntime = true
    creation.observe = observe
    creation.receiveConsole = { [windowSize] master, listener in
      streams.take(master: master)
      guard let size = windowSize else { return }
      // Before the payload is there: a later change would be told to it.
      Terminal.setSize(
        winsize(ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0), of: master,
        telling: listener)
    }
    // From before the payload may go on: it may want too much as soon as it starts, or while poststart hooks run.
    var memory: MemoryWatch?
    creation.watchCgroup = { memory = try? MemoryWatch($0.completed(), telling: $1) }
    // Left behind by a monitor that was killed; its payload went with it.
    if try store.holds(id) { try store.salvage(id).delete(force: true) }
    let launched = try streams.withPayloadEnds { try Container.run(id, in: store, creation) }
    let payload = Payload(launched.container, launched.process, streams, memory.take() ?? MemoryWatch())
    self.payload = payload
    phase = .running
    status.state = .running
    status.pid = launched.process.pid
    status.exitCode = 0
    status.error = ""
    status.isOOMKilled = false
    status.startedAt = Clock.now()
    status.finishedAt = ""
    status.health = supervision.healthCheck.map { _ in Health() }
    nextProbe = supervision.healthCheck.map { check in
      payload.launched + check.wait(Health(), age: 0)
    }
    record()
    poller.watch(launched.process.pidfd, .input)
    watchOutput()
    if payload.memory.descriptor >= 0 {
      poller.watch(
        payload.memory.descriptor, payload.memory.pollEvents == Int16(POLLPRI) ? .priority : .input)
    }
    services.replace(by: delegate.services(), poller)
    delegate.event("start", [])
    // What a launch needed is not needed for as long as the payload runs.
    shim_give_back_memory()
  }

  /// The launch after a wait, or on somebody's wish. One that fails counts as an end with a failure.
  func relaunch() {
    // Taken away by somebody who did not ask us: no launch could succeed any more.
    guard Files.exists(folder) else { return end() }
    do {
      supervision = try delegate.supervision()
      try launch(observe: nil)
      for client in clients.values where client.awaitsRestart {
        client.awaitsRestart = false
        client.tell(.done)
      }
    } catch {
      let told = delegate.told(error)
      status.error = "\(told)"
      status.startedAt = Clock.now()
      let wasWish = clients.values.contains(where: \.awaitsRestart)
      for client in clients.values where client.awaitsRestart {
        client.awaitsRestart = false
        client.tell(.refused("\(told)"))
      }
      conclude(exitCode: Self.exitCode(of: told), ran: 0, isByHand: wasWish)
    }
  }
}

extension Monitor {
  func pause(_ client: MonitorClient) {
    if status.state == .paused {
      client.tell(.refused("container \(id) is already paused"))
      return
    }
    answer(client, freeze)
  }

  func unpause(_ client: MonitorClient) { answer(client, goOn) }

  /// Stops the payload where it stands until the client says otherwise or is gone: whoever needs it still for a while
  /// may be killed meanwhile.
  func hold(_ client: MonitorClient) {
    answer(client) {
      if payload == nil {
        // What does not run stands still, and is not started again meanwhile.
        if case .waiting = phase { client.holds = true }
        return
      }
      if status.state == .paused {
        // What somebody has paused by hand stays so until somebody unpauses it.
        client.holds = isHeld
        return
      }
      try freeze()
      client.holds = true
    }
  }

  func release(_ client: MonitorClient) {
    letGo(client)
    client.tell(.done)
  }

  /// Whether the payload stands still for some client.
  var isHeld: Bool { clients.values.contains(where: \.holds) }

  /// The payload goes on where it stood still for this client and for nobody else. A restart that came due meanwhile
  /// comes with the next turn of the loop.
  func letGo(_ client: MonitorClient) {
    guard client.holds else { return }
    client.holds = false
    if !isHeld { try? goOn() }
  }

  private func answer(_ client: MonitorClient, _ body: () throws -> Void) {
    do {
      try body()
      client.tell(.done)
    } catch {
      client.tell(.refused("\(error)"))
    }
  }

  private func freeze() throws {
    guard let payload else { throw Failure("container \(id) is not running") }
    // A probe that stands still would be taken for one that is too slow.
    endProbe()
    do {
      try payload.container.pause()
    } catch {
      scheduleProbe()
      throw error
    }
    status.state = .paused
    record()
    delegate.event("pause", [])
  }

  private func goOn() throws {
    guard let payload, status.state == .paused else { throw Failure("container \(id) is not paused") }
    try payload.container.resume()
    runsAgain()
    delegate.event("unpause", [])
  }
}

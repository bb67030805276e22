import CShim
import Glibc

extension Monitor {
  func acceptClients() {
    while true {
      let descriptor = shim_accept(listenerDescriptor)
      if descriptor < 0 { return }
      let client = MonitorClient(PacketSocket(OwnedFD(descriptor)))
      clients[descriptor] = client
      poller.watch(descriptor, .input)
    }
  }

  /// Takes a client's next message.
  func serve(_ client: MonitorClient, _ events: Poller.Events) {
    if events.contains(.output) {
      client.flush()
      watch(client)
      if client.pending.isEmpty { watchOutput() }
    }
    guard !events.isDisjoint(with: [.input, .hangup, .error]) else { return }
    // One message each time: the others are served in between.
    switch try? client.socket.receive(waits: false) {
    case .message(let message): answer(message, client)
    case .nothing: break
    case .end, nil: client.isClosed = true
    }
  }

  private func answer(_ message: MonitorMessage, _ client: MonitorClient) {
    switch message {
    case .attach(let options):
      client.attached = options
      client.awaitsEnd = true
    case .input(let bytes): take(input: bytes, from: client)
    case .endOfInput: endInput(client)
    case .resize(let rows, let columns):
      windowSize = (rows, columns)
      payload?.streams.resize(rows: rows, columns: columns)
    case .go(let request): if case .idle = phase { launchFirst(request, for: client) }
    case .signal(let number): signal(number, for: client)
    case .stop(let signal, let timeout, let byHand):
      stop(signal: signal, timeout: timeout, byHand: byHand, for: client)
    case .restart(let signal, let timeout): restart(signal: signal, timeout: timeout, for: client)
    case .pause: pause(client)
    case .unpause: unpause(client)
    case .hold: hold(client)
    case .release: release(client)
    case .wait: client.awaitsEnd = true
    case .reload: reload(client)
    default: client.tell(.refused("not something a client says"))
    }
  }

  private func reload(_ client: MonitorClient) {
    do {
      supervision = try delegate.supervision()
      if let payload {
        try delegate.changed(payload.process)
        services.replace(by: delegate.services(), poller)
      }
      client.tell(.done)
    } catch {
      client.tell(.refused("\(error)"))
    }
  }

  /// Watches what a client says, and whether it has room, where something waits for that. One whose input the
  /// payload does not take says nothing more for now.
  func watch(_ client: MonitorClient) {
    var events: Poller.Events = payload?.isInputFull == true && client.attached?.input == true ? [] : .input
    if !client.pending.isEmpty { events.insert(.output) }
    poller.watch(client.raw, events)
  }

  func dropClosedClients() {
    for client in clients.values where client.isClosed {
      poller.forget(client.raw)
      clients[client.raw] = nil
      letGo(client)
      // Whoever closes a window with a terminal in it has not said that its input ends.
      if client.attached?.endsInput == true, !supervision.terminal { payload?.endInputWhenWritten() }
      watchOutput()
    }
  }

  /// Gives the kernel what the clients have not heard yet: whoever listens slowly holds nobody up, and hears all of it
  /// when this process is gone. What the kernel does not take is waited for, but not for one who does not listen.
  func flushClients() {
    for client in clients.values where !client.pending.isEmpty {
      client.socket.liftLimit()
      client.flush()
    }
    let end = Clock.monotonicNanoseconds() + 2_000_000_000
    while let client = clients.values.first(where: { !$0.pending.isEmpty && !$0.isClosed }) {
      let now = Clock.monotonicNanoseconds()
      if now >= end { return }
      var polled = pollfd(fd: client.raw, events: Int16(POLLOUT), revents: 0)
      _ = poll(&polled, 1, CInt((end - now) / 1_000_000 + 1))
      client.flush()
    }
  }

  // MARK: Streams

  /// Reads what the payload has written, once, into the log and to who is attached.
  func passOutput(_ descriptor: CInt, isError: Bool) {
    guard let payload else { return }
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[1...])
    let got = read(descriptor, room.baseAddress, room.count)
    if got < 0 && (errno == EINTR || errno == EAGAIN) { return }
    if got <= 0 {
      // EIO: nobody has the terminal's other side open, which is the end, since we hold it open ourselves.
      poller.forget(descriptor)
      payload.streams.closeOutput(descriptor)
      return
    }
    log.write(isError ? .stderr : .stdout, UnsafeRawBufferPointer(rebasing: room[..<got]))
    buffer[0] = isError ? UInt8(ascii: "2") : UInt8(ascii: "1")
    var isFull = log.isFull
    for client in clients.values {
      guard let attached = client.attached, isError ? attached.errorOutput : attached.output else { continue }
      client.send(Array(buffer[..<(got + 1)]))
      if client.pending.isEmpty { continue }
      watch(client)
      isFull = true
    }
    if isFull { watchOutput() }
  }

  /// Nothing is read from the payload while an attached client has no room: as with a pipe, who writes waits. For the
  /// log it waits only where that was asked for.
  func watchOutput() {
    guard let payload else { return }
    let isFull = log.isFull || clients.values.contains { !$0.pending.isEmpty && !$0.isClosed }
    for descriptor in [payload.streams.output, payload.streams.errorOutput] where descriptor >= 0 {
      watch(streams: payload, descriptor, reads: !isFull)
    }
  }

  /// A terminal's master is read and written: both wishes are one.
  private func watch(streams payload: Payload, _ descriptor: CInt, reads: Bool) {
    var events: Poller.Events = reads ? .input : []
    if descriptor == payload.streams.input, payload.isInputFull { events.insert(.output) }
    poller.watch(descriptor, events)
  }

  private func take(input bytes: [UInt8], from client: MonitorClient) {
    guard client.attached?.input == true, let payload else { return }
    payload.pendingInput += bytes
    passInput()
  }

  /// Writes what the payload takes of its input.
  func passInput() {
    guard let payload else { return }
    let wasFull = payload.isInputFull
    payload.writeInput()
    let isFull = payload.isInputFull
    guard wasFull || isFull else { return }
    if payload.streams.input == payload.streams.output {
      watchOutput()
    } else if payload.streams.input >= 0 {
      // Not watched for nothing: that nobody has the other end any more would be told unasked, again and again.
      if isFull {
        poller.watch(payload.streams.input, .output)
      } else {
        poller.forget(payload.streams.input)
      }
    }
    for client in clients.values where client.attached?.input == true { watch(client) }
  }

  private func endInput(_ client: MonitorClient) {
    guard let attached = client.attached, attached.input else { return }
    if attached.endsInput || supervision.terminal { payload?.endInputWhenWritten() }
  }
}

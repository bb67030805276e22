import Engine
import Glibc
import Runtime

extension StoredContainer {
  func tellNetworkNotices() throws {
    for notice in try networkNotices() { ErrorReport.say("warning: " + notice) }
  }
}

/// Stays in front of a container: `run`, `start -a` and `attach`.
struct Front {
  let container: StoredContainer
  /// What the person typed for it.
  var word: String

  /// Launches the container and returns its exit code, or throws why it was not launched.
  ///
  /// - Parameter endsUnread: the payload ends when nobody reads any more what it writes.
  func launch(
    attach: AttachOptions, explain: ExplainRequest? = nil, endsUnread: Bool
  ) throws -> Int32 {
    // Before the launch, so that a key pressed meanwhile is passed on and not lost.
    SignalSet.blockAll()
    let terminal = container.options.terminal
    let size = terminal ? Terminal.size(of: STDIN_FILENO) ?? Terminal.size(of: STDOUT_FILENO) : nil
    do {
      try container.tellNetworkNotices()
      let connection = try container.launch(
        attach: attach, explain: explain,
        windowSize: size.flatMap { $0.ws_row > 0 ? ($0.ws_row, $0.ws_col) : nil })
      return try stay(on: try connection ?? container.attach(attach), attach, endsUnread: endsUnread)
    } catch {
      container.discardUnstarted()
      throw error
    }
  }

  /// Launches the container and leaves it; the explanation goes to standard error.
  func detach(explain: ExplainRequest?) throws {
    do {
      try container.tellNetworkNotices()
      guard let connection = try container.launch(explain: explain) else { return }
      try awaitLaunch(PacketSocket(OwnedFD(connection)))
    } catch {
      container.discardUnstarted()
      throw error
    }
  }

  private func awaitLaunch(_ socket: borrowing PacketSocket) throws {
    while true {
      switch try socket.receive() {
      case .message(.launched): return
      case .message(.failed(let code, let text)): throw LaunchFailure(code: code, text: text)
      case .message(.explanation(let text)): ErrorReport.write(text)
      case .message, .nothing: continue
      case .end:
        throw Failure("start container \(word)", reason: "its monitor ended before the payload ran")
      }
    }
  }

  /// Attaches to a container that runs.
  ///
  /// - Parameter detachKeys: nil for the container's own.
  func attach(_ attach: AttachOptions, passesSignals: Bool, detachKeys: DetachKeys?) throws -> Int32 {
    SignalSet.blockAll()
    return try stay(
      on: container.attach(attach), attach, passesSignals: passesSignals, detachKeys: detachKeys,
      endsUnread: false)
  }

  private func stay(
    on connection: CInt, _ attach: AttachOptions, passesSignals: Bool? = nil, detachKeys: DetachKeys? = nil,
    endsUnread: Bool
  ) throws -> Int32 {
    let options = container.options
    var attachment = try Attachment(
      PacketSocket(OwnedFD(connection)), terminal: options.terminal, input: attach.input,
      // With a terminal, the payload's signals come from keys.
      passesSignals: passesSignals ?? (options.passesSignals && !(options.terminal && attach.input)),
      detachKeys: (detachKeys ?? options.detachKeys ?? .usual).bytes)
    switch try attachment.run() {
    case .ended(let code): return code
    case .detached: return 0
    case .failed(let code, let text): throw LaunchFailure(code: code, text: text)
    case .unread:
      if endsUnread { try? container.kill(SIGKILL) }
      return 128 + SIGPIPE
    case .lost:
      // Looked at, so that it is written down what has become of it. It may have ended in good order before its
      // monitor heard us.
      let status = try? container.status()
      if let status, status.state == .exited, status.error.isEmpty { return status.exitCode }
      if Containers().isMissing(container.id) { throw Failure("No such container: \(word)") }
      throw Failure(
        "container \(word)", reason: "its monitor was killed, and the container with it",
        hint: "swiftainer logs \(container.name) shows what it said")
    }
  }
}

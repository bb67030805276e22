import CShim
import Glibc

/// A person's side of a container: carries what they type, their signals and their window's size to the monitor, and
/// what the payload writes back to them.
public struct Attachment: ~Copyable {
  public enum Outcome: Equatable, Sendable {
    /// The payload has ended, with this code as a shell gives it.
    case ended(Int32)
    /// It was never launched.
    case failed(code: Int32, text: String)
    /// The person has typed the keys that leave it running.
    case detached
    /// Nobody reads any more what the payload writes.
    case unread
    /// The monitor is gone.
    case lost
  }

  private let monitor: PacketSocket
  private let signals: OwnedFD
  private let person: Terminal?
  private let isTerminal: Bool
  private let passesSignals: Bool
  private var input: Bool
  /// What the monitor had no room for. It is not waited for: as long as nobody reads what the payload writes, the
  /// payload may take no input either.
  private var unsent: [[UInt8]] = []
  private var keys: DetachWatch
  /// Told the payload's number once it runs.
  private let launched: (pid_t) -> Void

  /// Signals must have been blocked (`SignalSet.blockAll`) before the monitor was told anything, so that none is lost.
  ///
  /// - Parameters:
  ///   - terminal: the container has a terminal.
  ///   - input: whether standard input is passed on.
  ///   - detachKeys: what to type to leave; empty for nothing.
  public init(
    _ monitor: consuming PacketSocket, terminal: Bool, input: Bool, passesSignals: Bool = true,
    detachKeys: [UInt8] = [], launched: @escaping (pid_t) -> Void = { _ in }
  ) throws(Failure) {
    self.monitor = monitor
    self.input = input
    self.passesSignals = passesSignals
    self.launched = launched
    isTerminal = terminal
    keys = DetachWatch(detachKeys)
    signals = try SignalSet.descriptor()
    person = terminal ? Terminal(STDIN_FILENO) : nil
    if terminal {
      tellSize()
      if input { person?.makeRaw() }
    }
  }

  /// Stays until the payload ends, or the person leaves.
  public mutating func run() throws(Failure) -> Outcome {
    defer { person?.restore() }
    while true {
      var polled = [
        pollfd(fd: monitor.raw, events: Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0),
        pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
        pollfd(fd: input && unsent.isEmpty ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&polled, nfds_t(polled.count), -1) < 0 {
        if errno == EINTR { continue }
        throw Failure("wait for the container", errno: errno)
      }
      if polled[1].revents != 0 { passSignals() }
      if polled[0].revents & Int16(POLLOUT) != 0 { sendRest() }
      if polled[0].revents & ~Int16(POLLOUT) != 0, let outcome = try hear() { return outcome }
      if polled[2].revents != 0, passInput() { return .detached }
    }
  }

  private func hear() throws(Failure) -> Outcome? {
    switch try monitor.receive(waits: false) {
    case .end: return .lost
    case .nothing: return nil
    case .message(let message):
      switch message {
      case .output(let bytes): if !Self.write(bytes, to: STDOUT_FILENO) { return .unread }
      case .errorOutput(let bytes): if !Self.write(bytes, to: STDERR_FILENO) { return .unread }
      case .explanation(let text): _ = Self.write(Array(text.utf8), to: STDERR_FILENO)
      case .launched(let pid): launched(pid)
      case .failed(let code, let text): return .failed(code: code, text: text)
      case .ended(let code, _): return .ended(code)
      default: break
      }
      return nil
    }
  }

  private mutating func tell(_ message: MonitorMessage) {
    unsent.append(message.bytes)
    sendRest()
  }

  private mutating func sendRest() {
    while let packet = unsent.first {
      switch monitor.send(packet, waits: false) {
      case .done: unsent.removeFirst()
      case .full: return
      // Its end is heard as well.
      case .closed: unsent = []
      }
    }
  }

  private mutating func passSignals() {
    while let signal = SignalSet.next(signals.raw) {
      switch signal {
      case SIGWINCH where isTerminal: tellSize()
      // Said of our own children, terminal or pipes, not to the container.
      case SIGCHLD, SIGPIPE, SIGTTIN, SIGTTOU, SIGURG: break
      case _ where passesSignals: tell(.signal(signal))
      case SIGINT, SIGTERM, SIGHUP, SIGQUIT:
        // Meant for this process alone, which has blocked it.
        person?.restore()
        exit(128 + signal)
      default: break
      }
    }
  }

  private mutating func tellSize() {
    guard let size = Terminal.size(of: STDIN_FILENO) ?? Terminal.size(of: STDOUT_FILENO), size.ws_row > 0
    else { return }
    tell(.resize(rows: size.ws_row, columns: size.ws_col))
  }

  /// Returns whether the person leaves.
  private mutating func passInput() -> Bool {
    var got = 0
    var typed = [UInt8](unsafeUninitializedCapacity: MonitorMessage.chunk) { buffer, count in
      got = read(STDIN_FILENO, buffer.baseAddress, buffer.count)
      count = max(0, got)
    }
    if got < 0 && (errno == EINTR || errno == EAGAIN) { return false }
    if got <= 0 {
      // A raw terminal has no end: it has gone, and the container goes on without it.
      if person != nil { return true }
      input = false
      tell(.endOfInput)
      return false
    }
    let leaves = isTerminal && keys.leaves(&typed)
    if !typed.isEmpty { tell(.input(typed)) }
    return leaves
  }

  /// Returns false where nobody reads that.
  private static func write(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
    var at = 0
    while at < bytes.count {
      let start = at
      let written = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + start, bytes.count - start)
      }
      if written > 0 {
        at += written
      } else if errno == EAGAIN {
        var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&polled, 1, 1000)
      } else if errno != EINTR {
        return errno != EPIPE
      }
    }
    return true
  }
}

/// Finds the keys that detach in what is typed, be they typed one at a time.
struct DetachWatch: Equatable, Sendable {
  private let keys: [UInt8]
  /// How many of them were typed last, in order.
  private var matched = 0

  init(_ keys: [UInt8]) { self.keys = keys }

  /// Looks at what was typed; what may be the beginning of the keys is held back until it is known not to be.
  mutating func leaves(_ typed: inout [UInt8]) -> Bool {
    if keys.isEmpty { return false }
    var passed: [UInt8] = []
    for byte in typed {
      if byte == keys[matched] {
        matched += 1
        if matched == keys.count {
          typed = passed
          matched = 0
          return true
        }
        continue
      }
      passed += keys[..<matched]
      matched = byte == keys[0] ? 1 : 0
      if matched == 0 { passed.append(byte) }
      if matched == keys.count {
        typed = passed
        return true
      }
    }
    typed = passed
    return false
  }
}

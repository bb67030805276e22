import CShim
import Glibc

/// One place where messages can be sent to.
struct LogEndpoint: Equatable {
  enum Place: Equatable {
    case path(String)
    case address(String, UInt16)
  }

  var place: Place
  var isStream: Bool

  /// The descriptor of a socket that is connected or on its way, or -errno.
  func connect() -> CInt {
    switch place {
    case .path(let path): shim_connect_path(path, isStream)
    case .address(let address, let port): shim_connect_address(address, port, isStream)
    }
  }
}

/// Carries messages to a socket without ever waiting: connects, sends what can be sent, and connects again when the
/// other side has gone, after a pause that grows.
///
/// All of it hangs on one descriptor, which is readable when `ready` has something to do.
final class LogConnection {
  private enum State { case pausing, connecting, connected }

  /// Where to, in the order in which they are tried; asked for anew each time.
  private let endpoints: () -> [LogEndpoint]
  private let watch: OwnedFD
  private let timer: OwnedFD
  private var socket = OwnedFD(-1)
  private var isStream = false
  private var state = State.pausing
  private var pause = firstPause
  /// How much of the first message a stream has taken.
  private var sent = 0
  private var queue: LogQueue
  /// What to do with a datagram that is too large for the socket; says whether it has left.
  private let sendLarge: (CInt, UnsafeRawBufferPointer) -> Bool
  /// Messages that were given up.
  private(set) var discarded = 0
  /// Why nothing can be sent; nil while it can.
  private(set) var trouble: String?

  /// Nanoseconds.
  private static let (firstPause, lastPause): (UInt64, UInt64) = (100_000_000, 10_000_000_000)
  /// Messages in one go: the loop that calls has others to serve.
  private static let burst = 512
  private static let (input, output, hangup): (UInt32, UInt32, UInt32) = (0x1, 0x4, 0x2000)

  init(
    to endpoints: @escaping () -> [LogEndpoint], queueSize: Int,
    sendLarge: @escaping (CInt, UnsafeRawBufferPointer) -> Bool = { _, _ in false }
  ) throws(Failure) {
    self.endpoints = endpoints
    self.sendLarge = sendLarge
    let (watch, timer) = (shim_watch(), shim_timer())
    self.watch = OwnedFD(watch)
    self.timer = OwnedFD(timer)
    queue = LogQueue(limit: queueSize)
    if watch < 0 || timer < 0 { throw Failure("watch the log's connection", errno: -min(watch, timer)) }
    shim_watch_set(watch, timer, Self.input)
    connect()
  }

  var descriptor: CInt { watch.raw }
  var isDrained: Bool { queue.isEmpty }
  /// Bytes that wait.
  var waiting: Int { queue.size }

  /// Takes a message; false where too many wait already.
  func append(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ end: UnsafeRawBufferPointer)
    -> Bool
  {
    queue.append(head, body, end)
  }

  /// Sends what can be sent at once.
  func send() {
    guard state == .connected else { return }
    for _ in 0..<Self.burst where !queue.isEmpty && state == .connected {
      let message = queue.first
      let count = shim_send(socket.raw, message.baseAddress! + sent, message.count - sent)
      if count >= 0 {
        trouble = nil
        pause = Self.firstPause
        sent += count
        if isStream && sent < message.count { continue }
        removeFirst()
      } else {
        switch CInt(-count) {
        case EAGAIN, ENOBUFS: return want(Self.output)
        case EMSGSIZE where !isStream:
          if !sendLarge(socket.raw, message) { discarded += 1 }
          removeFirst()
        default: lost(CInt(-count))
        }
      }
    }
    if state == .connected { want(queue.isEmpty ? 0 : Self.output) }
  }

  /// Forgets what waits.
  func giveUp() {
    while !queue.isEmpty {
      removeFirst()
      discarded += 1
    }
  }

  private func removeFirst() {
    queue.removeFirst()
    sent = 0
  }

  /// To be called when the descriptor is readable.
  func ready() {
    var descriptor: CInt = -1
    while true {
      let events = shim_watch_take(watch.raw, &descriptor)
      if events <= 0 { return }
      if descriptor == timer.raw {
        shim_timer_set(timer.raw, 0)
        connect()
      } else if state == .connecting {
        arrived(failed: -shim_take_socket_error(descriptor))
      } else {
        if UInt32(events) & ~Self.output != 0 { listen() }
        send()
        // The rest at the next call, which is at once.
        return
      }
    }
  }

  private func connect() {
    var failed: CInt = ENOENT
    for endpoint in endpoints() {
      let result = endpoint.connect()
      if result >= 0 {
        socket = OwnedFD(result)
        isStream = endpoint.isStream
        sent = 0
        state = .connecting
        // A datagram's socket, and one of the file system, is ready as soon as it is made.
        if !isStream || isLocal(endpoint) { arrived(failed: 0) } else { want(Self.output) }
        return
      }
      failed = -result
    }
    lost(failed)
  }

  private func isLocal(_ endpoint: LogEndpoint) -> Bool {
    if case .path = endpoint.place { true } else { false }
  }

  private func arrived(failed: CInt) {
    if failed != 0 { return lost(failed) }
    state = .connected
    trouble = nil
    want(0)
    send()
  }

  /// The other side has said something, which nobody listens to, or has gone.
  private func listen() {
    var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    while true {
      let count = recv(socket.raw, &bytes, 32, CInt(MSG_DONTWAIT))
      if count > 0 { continue }
      if count == 0 && !isStream { return }
      let failed = count == 0 ? ECONNRESET : errno
      if failed == EINTR { continue }
      if failed != EAGAIN { lost(failed) }
      return
    }
  }

  /// Closes the socket, and tries again after a pause.
  private func lost(_ error: CInt) {
    state = .pausing
    trouble = errnoText(error)
    socket = OwnedFD(-1)
    sent = 0
    shim_timer_set(timer.raw, pause)
    pause = min(2 * pause, Self.lastPause)
  }

  private func want(_ events: UInt32) {
    shim_watch_set(watch.raw, socket.raw, events | Self.input | Self.hangup)
  }
}

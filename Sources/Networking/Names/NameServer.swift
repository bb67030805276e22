import CShim
import Glibc
import Runtime

/// The name server of a container: it listens inside the container's network namespace, lives in its monitor, and asks
/// upstream from the host's. Nothing waits, and buffers are there only as long as something is in them.
package final class NameServer: LoopService {
  /// Where containers ask, whatever their networks' addresses.
  package static let address = IPv4Address(number: 0x7f00_000b)
  /// Where it listens in fact, by UDP and by TCP: the container's own table leads from port 53 to it.
  package var port: UInt16 { sockets.port }

  private let sockets: NameSockets
  /// All of its descriptors are in here, so that the loop knows one and need not follow what comes and goes.
  let poller: Poller
  private let table: () -> NameTable
  /// Who is asked from now on, where it is no container's name.
  package var upstream: Upstream
  /// How often it was asked.
  private(set) var turn = 0
  /// Who asks by TCP, and what is asked upstream, by their sockets.
  private var connections: [CInt: NameConnection] = [:]
  var queries: [CInt: UpstreamQuery] = [:]
  /// Those on which something was answered: they may have asked more.
  var answered: [NameConnection] = []
  /// Until when no connections are taken, by `Clock.monotonicNanoseconds`; nil where they are.
  private var pause: UInt64?

  /// The most of each. Where one more comes, the oldest goes.
  static let connectionLimit = 16
  static let queryLimit = 128

  /// Listens in a container's network namespace. The sockets keep the namespace alive: this must end with the container.
  ///
  /// - Parameters:
  ///   - upstream: who is asked from the namespace of this process.
  ///   - table: asked for each question, so it must be cheap.
  /// - Throws: `Failure`.
  package convenience init(
    in namespace: borrowing NetworkNamespace, upstream: Upstream,
    telling listener: KernelCallListener = .nobody, table: @escaping () -> NameTable
  ) throws {
    let sockets = try namespace.visit(telling: listener) {
      try NameSockets(at: .v4(Self.address), telling: listener)
    }
    try self.init(sockets, upstream, table)
  }

  /// Listens in the network namespace of this process.
  ///
  /// - Throws: `Failure`.
  package convenience init(
    at address: IPAddress, upstream: Upstream, telling listener: KernelCallListener = .nobody,
    table: @escaping () -> NameTable
  ) throws {
    try self.init(NameSockets(at: address, telling: listener), upstream, table)
  }

  private init(
    _ sockets: consuming NameSockets, _ upstream: Upstream, _ table: @escaping () -> NameTable
  ) throws(Failure) {
    poller = try Poller()
    poller.watch(sockets.datagrams.raw, .input)
    poller.watch(sockets.connections.raw, .input)
    self.sockets = sockets
    self.upstream = upstream
    self.table = table
  }

  package var watched: [(descriptor: CInt, events: Poller.Events)] { [(poller.raw, .input)] }

  package var deadline: UInt64? {
    let moments = connections.values.compactMap(\.deadline) + queries.values.map(\.deadline)
    return (moments + (pause.map { [$0] } ?? [])).min()
  }

  package func ready(_ descriptor: CInt, _ events: Poller.Events) {
    guard let ready = try? poller.wait(until: 0) else { return }
    for (descriptor, events) in ready {
      if descriptor == sockets.datagrams.raw {
        receive()
      } else if descriptor == sockets.connections.raw {
        accept()
      } else if let connection = connections[descriptor] {
        // Where both directions are closed, nobody hears an answer.
        if events.isDisjoint(with: [.error, .hangup]) {
          connection.advance()
          serve(connection)
        } else {
          close(connection)
        }
      } else if let query = queries[descriptor] {
        advance(query)
      }
    }
    serveAnswered()
  }

  package func passTime(_ now: UInt64) {
    if let pause, pause <= now {
      self.pause = nil
      poller.watch(sockets.connections.raw, .input)
    }
    for connection in connections.values where connection.deadline.map({ $0 <= now }) == true {
      close(connection)
    }
    for query in queries.values where query.deadline <= now { askNext(query) }
    serveAnswered()
  }
}

/// Those who ask.
extension NameServer {
  private func receive() {
    // Not all that there are, should they never end: the loop has others to look after.
    for _ in 0..<32 {
      var received = IPSocket.Received.nothing
      let sender = SocketAddress { address, size in
        received = IPSocket.receive(
          sockets.datagrams.raw, limit: NameResponder.datagramLimit, from: (address, size))
      }
      guard case .bytes(let bytes) = received else { return }
      respond(to: bytes, of: .datagram(sender))
    }
  }

  private func accept() {
    let made = shim_accept(sockets.connections.raw)
    if made < 0 {
      // No more descriptors: the one that waits would be told of again and again.
      if made == -EMFILE || made == -ENFILE || made == -ENOMEM || made == -ENOBUFS {
        poller.forget(sockets.connections.raw)
        pause = Clock.monotonicNanoseconds() + 1_000_000_000
      }
      return
    }
    if connections.count >= Self.connectionLimit,
      let oldest = connections.values.min(by: { $0.lastActivity < $1.lastActivity })
    {
      close(oldest)
    }
    connections[made] = NameConnection(OwnedFD(made))
    poller.watch(made, .input)
  }

  /// Answers what has come, and looks for what is to come.
  private func serve(_ connection: NameConnection) {
    let descriptor = connection.socket.raw
    guard connections[descriptor] === connection else { return }
    while let question = connection.nextQuestion() { respond(to: question, of: .connection(connection)) }
    if connection.isOver { return close(connection) }
    poller.watch(descriptor, connection.events)
  }

  private func serveAnswered() {
    while let connection = answered.popLast() { serve(connection) }
  }

  private func close(_ connection: NameConnection) {
    let descriptor = connection.socket.raw
    guard connections[descriptor] === connection else { return }
    connections[descriptor] = nil
    poller.forget(descriptor)
    // Nobody waits for these any more. They hold the connection, and with it its socket.
    for query in queries.values {
      if case .connection(let asker) = query.asker, asker === connection { forget(query.socket) }
    }
  }

  func respond(to bytes: [UInt8], of asker: UpstreamQuery.Asker) {
    turn &+= 1
    var isStream = false
    if case .connection = asker { isStream = true }
    switch NameResponder(table: table(), turn: turn).reply(to: bytes, isStream: isStream) {
    case .silence: break
    case .answer(let answer): send(answer, to: asker)
    case .forward(let query): forward(query, of: asker)
    }
  }

  func send(_ answer: [UInt8], to asker: UpstreamQuery.Asker) {
    switch asker {
    case .datagram(let sender):
      // A datagram that finds no room is lost, as others are.
      _ = sender.withPointer { address, size in
        sendto(sockets.datagrams.raw, answer, answer.count, CInt(MSG_DONTWAIT), address, size)
      }
    case .connection(let connection): connection.answer(answer)
    }
  }
}

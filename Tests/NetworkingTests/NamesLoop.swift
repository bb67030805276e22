import Glibc
import Runtime
import Testing

@testable import Networking

/// A name server with its clients and its upstream, all in the thread of the test.
final class NamesLoop {
  let server: NameServer
  private let poller: Poller
  private let upstreams: [FakeUpstream]
  static let loopback = IPAddress("127.0.0.1")!

  /// - Parameter servers: who is asked, where it is not each of the upstreams once.
  convenience init(
    _ upstreams: [FakeUpstream] = [], servers: [IPAddress]? = nil,
    table: NameTable = NamesResponderTests.table
  ) throws {
    var upstream = Upstream(servers: servers ?? upstreams.map(\.address))
    upstream.port = upstreams.first?.port ?? 0
    try self.init(upstreams, upstream: upstream, table: table)
  }

  init(_ upstreams: [FakeUpstream], upstream: Upstream, table: NameTable = NamesResponderTests.table) throws {
    self.upstreams = upstreams
    server = try NameServer(at: Self.loopback, upstream: upstream) { table }
    poller = try Poller()
    for (descriptor, events) in server.watched { poller.watch(descriptor, events) }
    for descriptor in upstreams.flatMap(\.descriptors) { poller.watch(descriptor, .input) }
  }

  /// Turns until something comes at a client's socket; nil at the end of a connection.
  func receive(_ client: borrowing OwnedFD, limit: Int = 70_000) throws -> [UInt8]? {
    poller.watch(client.raw, .input)
    defer { poller.forget(client.raw) }
    let end = Clock.monotonicNanoseconds() + 10_000_000_000
    while Clock.monotonicNanoseconds() < end {
      switch IPSocket.receive(client.raw, limit: limit) {
      case .bytes(let bytes): return bytes.isEmpty ? nil : bytes
      case .broken: return nil
      case .nothing: try turn(until: end)
      }
    }
    throw Failure("wait for an answer", reason: "nothing came")
  }

  /// One turn: whoever can do something does.
  func turn(until deadline: UInt64) throws {
    for (descriptor, events) in try poller.wait(until: deadline) {
      if server.watched.contains(where: { $0.descriptor == descriptor }) { server.ready(descriptor, events) }
      for upstream in upstreams where upstream.descriptors.contains(descriptor) {
        if let new = upstream.ready(descriptor) { poller.watch(new, .input) }
      }
    }
  }

  /// Turns until a condition is true.
  func turn(until condition: () -> Bool) throws {
    let end = Clock.monotonicNanoseconds() + 10_000_000_000
    while !condition() {
      try turn(until: end)
      if Clock.monotonicNanoseconds() > end { throw Failure("wait", reason: "nothing happened") }
    }
  }

  /// A client's socket.
  func client(_ kind: IPSocket.Kind = .datagram) throws -> OwnedFD {
    let socket = OwnedFD(IPSocket.make(kind, isV6: false))
    let address = SocketAddress(Self.loopback, port: server.port)
    guard address.withPointer({ connect(socket.raw, $0, $1) }) == 0 || errno == EINPROGRESS else {
      throw Failure("connect", errno: errno)
    }
    if kind == .stream {
      var descriptor = pollfd(fd: socket.raw, events: Int16(POLLOUT), revents: 0)
      poll(&descriptor, 1, 10_000)
    }
    return socket
  }

  func ask(_ query: DNSMessage) throws -> DNSMessage? {
    let client = try client()
    _ = IPSocket.send(client.raw, query.encoded()[...])
    return try receive(client).flatMap { DNSMessage($0) }
  }

  /// Reads answers behind their lengths until there are so many.
  func answers(_ count: Int, on client: borrowing OwnedFD) throws -> [[UInt8]] {
    var (input, answers): ([UInt8], [[UInt8]]) = ([], [])
    while answers.count < count {
      guard let bytes = try receive(client, limit: 5000) else { break }
      input += bytes
      while input.count >= 2, case let length = Int(input[0]) << 8 | Int(input[1]), input.count >= length + 2
      {
        answers.append(Array(input[2..<length + 2]))
        input.removeFirst(length + 2)
      }
    }
    return answers
  }

  static func query(_ name: String, _ type: DNSMessage.RecordType = .a, id: UInt16 = 7) -> DNSMessage {
    var query = DNSMessage(id: id, flags: .question)
    query.questions = [.init(DNSName(name)!, type)]
    return query
  }

  static func framed(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
  }
}

/// Somebody who is asked upstream, and does as a test says.
final class FakeUpstream {
  let address: IPAddress
  let port: UInt16
  private let datagrams: OwnedFD
  private let listening: OwnedFD
  private var streams: [CInt: (socket: CInt, input: [UInt8])] = [:]
  private(set) var asked: [DNSMessage] = []
  private let answer: (_ query: DNSMessage, _ isStream: Bool) -> [[UInt8]]

  /// - Parameter answer: what is sent when something is asked: nothing, or datagrams.
  init(
    at address: String = "127.0.0.1", port: UInt16 = 0,
    answer: @escaping (_ query: DNSMessage, _ isStream: Bool) -> [[UInt8]]
  ) throws {
    self.address = IPAddress(address)!
    self.answer = answer
    let wanted = SocketAddress(self.address, port: port)
    while true {
      let datagrams = Self.socket(.datagram)
      let listening = Self.socket(.stream)
      guard wanted.withPointer({ bind(datagrams.raw, $0, $1) }) == 0 else {
        throw Failure("bind", errno: errno)
      }
      let given = SocketAddress { getsockname(datagrams.raw, $0, $1) }
      if given.withPointer({ bind(listening.raw, $0, $1) }) == 0, listen(listening.raw, 16) == 0 {
        self.port = given.port
        self.datagrams = datagrams
        self.listening = listening
        return
      }
      // A port that is free for datagrams may be in use for streams: another one will do.
      if errno != EADDRINUSE || port != 0 { throw Failure("bind", errno: errno) }
    }
  }

  private static func socket(_ kind: IPSocket.Kind) -> OwnedFD { OwnedFD(IPSocket.make(kind, isV6: false)) }

  deinit { for socket in streams.keys { close(socket) } }

  var descriptors: [CInt] { [datagrams.raw, listening.raw] + streams.keys }

  /// - Returns: a descriptor that is to be watched from now on.
  func ready(_ descriptor: CInt) -> CInt? {
    if descriptor == listening.raw {
      let made = accept(descriptor, nil, nil)
      if made >= 0 { streams[made] = (made, []) }
      return made
    }
    if descriptor == datagrams.raw {
      var received = IPSocket.Received.nothing
      let sender = SocketAddress { received = IPSocket.receive(descriptor, limit: 5000, from: ($0, $1)) }
      guard case .bytes(let bytes) = received, let query = DNSMessage(bytes) else { return nil }
      asked.append(query)
      for bytes in answer(query, false) {
        _ = sender.withPointer { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
      }
    } else if case .bytes(let bytes) = IPSocket.receive(descriptor, limit: 5000) {
      streams[descriptor]!.input += bytes
      let input = streams[descriptor]!.input
      guard input.count > 2, input.count == Int(input[0]) << 8 | Int(input[1]) + 2 else { return nil }
      streams[descriptor]!.input = []
      let query = DNSMessage(Array(input[2...]))!
      asked.append(query)
      for bytes in answer(query, true) { _ = IPSocket.send(descriptor, NamesLoop.framed(bytes)[...]) }
    }
    return nil
  }
}

import Glibc
import Runtime
import Testing

@testable import Networking

private let loopback = IPAddress("127.0.0.1")!

@Suite struct PortRelays {
  /// A relay at ::1, and a server of IPv4 behind it.
  private func withRelay(
    _ body: (_ relay: PortRelay, _ port: UInt16, _ server: CInt) throws -> Void
  ) throws {
    let server = OwnedFD(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    _ = SocketAddress(loopback, port: 0).withPointer { bind(server.raw, $0, $1) }
    listen(server.raw, 8)
    let request = PortRequest(
      address: .v6(.loopback), containerPort: SocketAddress { getsockname(server.raw, $0, $1) }.port)
    let holder = try PortHolder.claim([request])
    let relay = try #require(try PortRelay(holder, to: [loopback], limit: 2))
    try body(relay, holder.bindings[0].hostPort, server.raw)
  }

  private func connected(_ port: UInt16) -> OwnedFD {
    let client = OwnedFD(socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0))
    _ = SocketAddress(.v6(.loopback), port: port).withPointer { connect(client.raw, $0, $1) }
    return client
  }

  /// Lets a relay work until a descriptor has something to read.
  private func run(_ relay: some LoopService, until descriptor: CInt) {
    let end = Clock.monotonicNanoseconds() + 5_000_000_000
    while Clock.monotonicNanoseconds() < end {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if poll(&wanted, 1, 1) > 0 { return }
      relay.ready(relay.watched[0].descriptor, .input)
    }
    Issue.record("nothing came")
  }

  private func read(_ descriptor: CInt) -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return count < 0 ? "-" : String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  @Test func bothWaysAndHalfAClose() throws {
    try withRelay { relay, port, server in
      let client = connected(port)
      run(relay, until: server)
      let accepted = OwnedFD(accept(server, nil, nil))
      send(client.raw, "question", 8, 0)
      shutdown(client.raw, Int32(SHUT_WR))
      run(relay, until: accepted.raw)
      #expect(read(accepted.raw) == "question")
      run(relay, until: accepted.raw)
      #expect(read(accepted.raw) == "")
      // The other way is open still.
      send(accepted.raw, "answer", 6, 0)
      run(relay, until: client.raw)
      #expect(read(client.raw) == "answer" && relay.connectionCount == 1)
      shutdown(accepted.raw, Int32(SHUT_WR))
      run(relay, until: client.raw)
      #expect(read(client.raw) == "" && relay.connectionCount == 0)
    }
  }

  @Test func noMoreThanTheLimit() throws {
    try withRelay { relay, port, server in
      let one = connected(port)
      let two = connected(port)
      let three = connected(port)
      for _ in 0..<10 { relay.ready(relay.watched[0].descriptor, .input) }
      #expect(relay.connectionCount == 2)
      let first = OwnedFD(accept(server, nil, nil))
      let second = OwnedFD(accept(server, nil, nil))
      shutdown(first.raw, Int32(SHUT_RDWR))
      shutdown(one.raw, Int32(SHUT_RDWR))
      run(relay, until: server)
      #expect(relay.connectionCount == 2)
      withExtendedLifetime((second.raw, two.raw, three.raw)) {}
    }
  }

  @Test func datagrams() throws {
    let server = OwnedFD(socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
    _ = SocketAddress(loopback, port: 0).withPointer { bind(server.raw, $0, $1) }
    let request = PortRequest(
      address: .v6(.loopback), containerPort: SocketAddress { getsockname(server.raw, $0, $1) }.port,
      transport: .udp)
    let holder = try PortHolder.claim([request])
    #expect(try PortRelay(holder, to: [loopback]) == nil)
    let relay = try #require(try DatagramRelay(holder, to: [loopback], limit: 1, silence: 1))
    for question in ["one", "two"] {
      let client = OwnedFD(socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0))
      _ = SocketAddress(.v6(.loopback), port: holder.bindings[0].hostPort).withPointer {
        connect(client.raw, $0, $1)
      }
      send(client.raw, question, 3, 0)
      run(relay, until: server.raw)
      var bytes = [UInt8](repeating: 0, count: 8)
      var peer = sockaddr()
      var size = socklen_t(MemoryLayout<sockaddr>.size)
      let count = recvfrom(server.raw, &bytes, 8, 0, &peer, &size)
      #expect(bytes.prefix(count).elementsEqual(question.utf8))
      sendto(server.raw, "answer", 6, 0, &peer, size)
      run(relay, until: client.raw)
      // It came from where the question went: the client's socket takes no other.
      #expect(read(client.raw) == "answer" && relay.clientCount == 1)
    }
    let deadline = try #require(relay.deadline)
    relay.passTime(deadline + 1_000_000_000)
    #expect(relay.clientCount == 0 && relay.deadline == nil)
  }

  @Test func nothingToRelay() throws {
    let holder = try PortHolder.claim([PortRequest(address: loopback, containerPort: 80)])
    #expect(try PortRelay(holder, to: [loopback]) == nil)
    let six = try PortHolder.claim([PortRequest(address: .v6(.loopback), containerPort: 80)])
    #expect(try PortRelay(six, to: []) == nil)
  }
}

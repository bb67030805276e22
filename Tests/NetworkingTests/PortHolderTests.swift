import CShim
import Glibc
import Runtime
import Testing

@testable import Networking

private let loopback = IPAddress("127.0.0.1")!

/// All at loopback addresses, with ports that the kernel picks.
@Suite struct PortHolders {
  private func words(_ requests: [PortRequest]) -> String {
    do {
      _ = try PortHolder.claim(requests)
      return "claimed"
    } catch { return error.description }
  }

  private func request(_ ports: ClosedRange<UInt16>?, _ transport: Transport = .tcp) -> PortRequest {
    PortRequest(address: loopback, host: ports, containerPort: 80, transport: transport)
  }

  /// Does something with a port that was free a moment ago, and with another one where that has failed: somebody may
  /// have taken it meanwhile, or a child that was just forked has a copy of its socket.
  private func withFreePort(_ body: (UInt16) throws -> Bool) throws {
    for _ in 0..<100 {
      if try body(PortHolder.claim([request(nil)]).bindings[0].hostPort) { return }
    }
    Issue.record("with none of a hundred ports")
  }

  /// Close-on-exec: a child that another test starts would have it as well, until it ends.
  private func stream(_ domain: CInt = AF_INET) -> OwnedFD {
    OwnedFD(socket(domain, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
  }

  @Test(arguments: [Transport.tcp, .udp])
  func clash(_ transport: Transport) throws {
    let holder = try PortHolder.claim([request(nil, transport)])
    let port = holder.bindings[0].hostPort
    #expect(
      words([request(port...port, transport)])
        == "Bind for 127.0.0.1:\(port) failed: port is already allocated")
    withExtendedLifetime(holder) {}
  }

  /// Also one that the kernel has picked, which it would take from who stops listening.
  @Test func silentPortIsHeldAndListensAgain() throws {
    let address = IPAddress("::1")!
    let holder = try PortHolder.claim([PortRequest(address: address, containerPort: 80)])
    let port = holder.bindings[0].hostPort
    let other = PortRequest(address: address, host: port...port, containerPort: 80)
    func isRefused() -> Bool {
      let client = stream(AF_INET6)
      let result = SocketAddress(address, port: port).withPointer { connect(client.raw, $0, $1) }
      return result < 0 && errno == ECONNREFUSED
    }
    for _ in 0..<2 {
      try holder.held[0].listen()
      #expect(!isRefused())
      holder.silence()
      #expect(isRefused())
      #expect(words([other]) == "Bind for [::1]:\(port) failed: port is already allocated")
    }
  }

  @Test func allOrNothing() throws {
    let holder = try PortHolder.claim([request(nil)])
    let taken = holder.bindings[0].hostPort
    try withFreePort { free in
      words([request(free...free), request(taken...taken)]).contains("\(taken)")
        && words([request(free...free)]) == "claimed"
    }
    withExtendedLifetime(holder) {}
  }

  @Test func bothKindsHaveOnePort() throws {
    let holder = try PortHolder.claim([PortRequest(containerPort: 80), request(nil, .udp)])
    let all = holder.bindings.filter { $0.transport == .tcp }
    #expect(all.allSatisfy { $0.address.isAny } && Set(all.map(\.hostPort)).count == 1)
    #expect(holder.bindings.last?.transport == .udp)
  }

  @Test func whoMayChooseComesLast() throws {
    try withFreePort { port in
      guard port < UInt16.max,
        let holder = try? PortHolder.claim([request(port...port + 1), request(port...port)])
      else { return false }
      #expect(holder.bindings.map(\.hostPort) == [port + 1, port])
      #expect(
        words([request(port...port + 1)])
          == "Bind for 127.0.0.1:\(port)-\(port + 1) failed: all ports are already allocated")
      return true
    }
  }

  @Test func noAddressOfTheHost() {
    let foreign = PortRequest(address: IPAddress("192.0.2.1"), host: 80...80, containerPort: 80)
    #expect(words([foreign]) == "Bind for 192.0.2.1:80 failed: cannot assign requested address")
  }

  @Test func heldIsNotListening() throws {
    let holder = try PortHolder.claim([request(nil)])
    let client = stream()
    let failed = SocketAddress(loopback, port: holder.bindings[0].hostPort).withPointer {
      connect(client.raw, $0, $1)
    }
    #expect(failed < 0 && errno == ECONNREFUSED)
  }

  /// The port that a program has, which answers nobody, and of which connections have ended a moment ago.
  @Test func endedConnectionsKeepNobodyOut() throws {
    var port: UInt16 = 0
    do {
      let server = stream()
      var on: CInt = 1
      setsockopt(server.raw, SOL_SOCKET, SO_REUSEADDR, &on, 4)
      _ = SocketAddress(loopback, port: 0).withPointer { bind(server.raw, $0, $1) }
      listen(server.raw, 1)
      port = SocketAddress { getsockname(server.raw, $0, $1) }.port
      #expect(words([request(port...port)]).contains("already allocated"))
      let client = stream()
      _ = SocketAddress(loopback, port: port).withPointer { connect(client.raw, $0, $1) }
      let accepted = OwnedFD(shim_accept(server.raw))
      // Who closes first is who waits.
      shutdown(accepted.raw, Int32(SHUT_RDWR))
      var byte: UInt8 = 0
      #expect(recv(client.raw, &byte, 1, 0) == 0)
      // Nobody listens any more, even if a child that was just forked has a copy.
      shutdown(server.raw, Int32(SHUT_RDWR))
    }
    let holder = try PortHolder.claim([request(port...port)])
    #expect(words([request(port...port)]).contains("already allocated"))
    withExtendedLifetime(holder) {}
  }
}

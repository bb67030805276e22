import CShim
import Glibc
import Runtime

/// What `PortRelay` is for TCP, for UDP: each client has a socket of its own towards the container, by which answers are
/// known to be for it, until it has been silent for a minute.
///
/// Its memory and descriptors are bounded: beyond a number of clients, the one that has been silent longest is
/// forgotten. A datagram for which there is no room is lost, as datagrams are.
package final class DatagramRelay: LoopService {
  private final class Client {
    let socket: OwnedFD
    let held: CInt
    let ends: shim_datagram
    var lastHeard: UInt64

    init(_ socket: consuming OwnedFD, _ held: CInt, _ ends: shim_datagram, _ now: UInt64) {
      self.socket = socket
      self.held = held
      self.ends = ends
      lastHeard = now
    }

    var key: ClientKey { ClientKey(held, ends) }
  }

  /// Who comes by another device is another client, and asked about anew: addresses can be made up.
  private struct ClientKey: Hashable {
    let held: CInt
    let ends: [UInt8]

    init(_ held: CInt, _ ends: shim_datagram) {
      self.held = held
      self.ends = withUnsafeBytes(of: ends) { Array($0) }
    }
  }

  private let poller: Poller
  private let ports: [CInt: RelayedPort]
  private let limit: Int
  private let silence: UInt64
  private let isRefused: (RelayPeer) -> Bool
  private var clients: [ClientKey: Client] = [:]
  private var answering: [CInt: Client] = [:]
  private static let largest = 64 << 10
  private var buffer = [UInt8](repeating: 0, count: largest)

  package private(set) var deadline: UInt64?

  /// Takes datagrams at the ports that need it; nil where none does.
  ///
  /// - Parameters:
  ///   - holder: has the sockets, and must be held as long as the relay works.
  ///   - addresses: the container's, but none of an internal network.
  ///   - limit: how many clients are remembered at most.
  ///   - silence: nanoseconds after which one is forgotten.
  ///   - refusing: whether somebody is not to be served.
  package init?(
    _ holder: PortHolder, to addresses: [IPAddress], limit: Int = 128, silence: UInt64 = 60_000_000_000,
    refusing isRefused: @escaping (RelayPeer) -> Bool = { _ in false }
  ) throws(Failure) {
    let found = RelayedPort.ports(of: holder, .udp, to: addresses)
    if found.isEmpty { return nil }
    ports = Dictionary(uniqueKeysWithValues: found.map { ($0.held.socket.raw, $0) })
    self.limit = limit
    self.silence = silence
    self.isRefused = isRefused
    poller = try Poller()
    for descriptor in ports.keys {
      _ = shim_tell_datagram_ends(descriptor)
      poller.watch(descriptor, .input)
    }
  }

  package var clientCount: Int { clients.count }

  package var watched: [(descriptor: CInt, events: Poller.Events)] { [(poller.raw, .input)] }

  package func ready(_ descriptor: CInt, _ events: Poller.Events) {
    let events = (try? poller.wait(until: 0)) ?? []
    for (descriptor, _) in events {
      if let client = answering[descriptor] { handBack(client) }
    }
    // Only then: a new client's socket may get the number of one that has just been closed.
    for (descriptor, _) in events {
      if let port = ports[descriptor] { handOn(descriptor, port) }
    }
  }

  package func passTime(_ now: UInt64) {
    for client in clients.values where client.lastHeard + silence <= now { forget(client) }
    deadline = clients.values.map { $0.lastHeard + silence }.min()
  }

  private func handOn(_ held: CInt, _ port: RelayedPort) {
    // Others want their turn too: what is not taken now is told again.
    for _ in 0..<32 {
      var ends = shim_datagram()
      let count = shim_receive_datagram(held, &buffer, Self.largest, &ends)
      if count < 0 { return }
      let now = Clock.monotonicNanoseconds()
      guard let client = clients[ClientKey(held, ends)] ?? remember(held, port, ends, now) else { continue }
      client.lastHeard = now
      send(client.socket.raw, buffer, count, CInt(MSG_DONTWAIT))
    }
  }

  private func handBack(_ client: Client) {
    for _ in 0..<32 {
      let count = recv(client.socket.raw, &buffer, Self.largest, CInt(MSG_DONTWAIT))
      // Nobody is at the container's port: the next datagram finds out anew.
      if count < 0 && errno != EAGAIN && errno != EINTR { return forget(client) }
      if count < 0 { return }
      client.lastHeard = Clock.monotonicNanoseconds()
      withUnsafePointer(to: client.ends) {
        _ = shim_answer_datagram(client.held, buffer, count, $0)
      }
    }
  }

  private func remember(_ held: CInt, _ port: RelayedPort, _ ends: shim_datagram, _ now: UInt64) -> Client? {
    if isRefused(RelayPeer(ends)) { return nil }
    if clients.count >= limit, let oldest = clients.values.min(by: { $0.lastHeard < $1.lastHeard }) {
      forget(oldest)
    }
    let kind = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let socket = OwnedFD(Glibc.socket(port.target.domain, kind, 0))
    if socket.raw < 0 { return nil }
    if SocketAddress(port.target, port: port.port).withPointer({ connect(socket.raw, $0, $1) }) < 0 {
      return nil
    }
    let client = Client(socket, held, ends, now)
    clients[client.key] = client
    answering[client.socket.raw] = client
    poller.watch(client.socket.raw, .input)
    if deadline == nil { deadline = now + silence }
    return client
  }

  private func forget(_ client: Client) {
    poller.forget(client.socket.raw)
    answering[client.socket.raw] = nil
    clients[client.key] = nil
  }
}

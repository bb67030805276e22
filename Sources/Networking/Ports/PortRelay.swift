import CShim
import Glibc
import Runtime

/// Takes TCP connections to the host's addresses of IPv6 that the packet filter cannot lead to a container, and
/// hands on what they say: a container may have no IPv6, and the kernel takes no answers for ::1 from a bridge.
///
/// Its memory and descriptors are bounded: beyond a number of connections, new ones wait to be accepted.
package final class PortRelay: LoopService {
  private let poller: Poller
  private let listeners: [CInt: RelayedPort]
  private let limit: Int
  private let isRefused: (RelayPeer) -> Bool
  private var connections: [CInt: RelayedConnection] = [:]
  private var watchedEvents: [CInt: Poller.Events] = [:]
  private var pipes = RelayPipes()
  private var isAccepting = true
  private var pauseEnd: UInt64?

  /// Listens at the ports that need it; nil where none does.
  ///
  /// - Parameters:
  ///   - holder: has the sockets, and must be held as long as the relay works.
  ///   - addresses: the container's, but none of an internal network: what the relay hands on comes from the host,
  ///     to which the packet filter lets it through.
  ///   - limit: how many connections there are at most; nil for a third of what the process's limit for
  ///     descriptors allows.
  ///   - refusing: whether somebody is not to be served.
  package init?(
    _ holder: PortHolder, to addresses: [IPAddress], limit: Int? = nil,
    refusing isRefused: @escaping (RelayPeer) -> Bool = { _ in false }
  ) throws(Failure) {
    var listeners: [CInt: RelayedPort] = [:]
    for port in RelayedPort.ports(of: holder, .tcp, to: addresses) {
      do { try port.held.listen() } catch {
        throw Failure(
          "listen at", PortBinding.text(port.held.address, port.held.port), errno: error.code)
      }
      listeners[port.held.socket.raw] = port
    }
    if listeners.isEmpty { return nil }
    self.listeners = listeners
    self.limit = limit ?? Self.defaultLimit()
    self.isRefused = isRefused
    poller = try Poller()
    for descriptor in listeners.keys { poller.watch(descriptor, .input) }
  }

  /// A connection has two sockets, and two pipes when both directions are slow.
  private static func defaultLimit() -> Int {
    var limits = rlimit()
    getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limits)
    return min(1024, max(16, Int(clamping: limits.rlim_cur) / 3 / 6))
  }

  package var connectionCount: Int { Set(connections.values.map(ObjectIdentifier.init)).count }

  package var watched: [(descriptor: CInt, events: Poller.Events)] { [(poller.raw, .input)] }

  package var deadline: UInt64? { pauseEnd }

  package func ready(_ descriptor: CInt, _ events: Poller.Events) {
    let events = (try? poller.wait(until: 0)) ?? []
    for (descriptor, _) in events {
      if let connection = connections[descriptor] { advance(connection) }
    }
    // Only then: a new connection may get the number of one that has just ended, and is not meant above.
    for (descriptor, _) in events {
      if let listener = listeners[descriptor] { accept(listener) }
    }
  }

  package func passTime(_ now: UInt64) {
    pauseEnd = nil
    setAccepting()
  }

  private func accept(_ listener: RelayedPort) {
    // The others want their turn too: what is not taken now is told again.
    for _ in 0..<16 where isAccepting {
      let accepted = shim_accept(listener.held.socket.raw)
      if accepted == -EAGAIN { return }
      if accepted == -ECONNABORTED || accepted == -EINTR { continue }
      if accepted < 0 {
        // No descriptor or memory is left: another try now would fail as well.
        pauseEnd = Clock.monotonicNanoseconds() + 100_000_000
      } else {
        add(OwnedFD(accepted), listener)
      }
      setAccepting()
    }
  }

  private func add(_ client: consuming OwnedFD, _ listener: RelayedPort) {
    let raw = client.raw
    let peer = SocketAddress { _ = getpeername(raw, $0, $1) }
    // It is closed at once.
    if isRefused(RelayPeer(peer)) { return }
    guard let connection = RelayedConnection(client, to: listener.target, port: listener.port) else { return }
    connections[connection.client.raw] = connection
    connections[connection.server.raw] = connection
    watch(connection)
  }

  private func setAccepting() {
    let isRoom = pauseEnd == nil && connections.count < 2 * limit
    if isRoom == isAccepting { return }
    isAccepting = isRoom
    for descriptor in listeners.keys {
      if isRoom { poller.watch(descriptor, .input) } else { poller.forget(descriptor) }
    }
  }

  private func advance(_ connection: RelayedConnection) {
    if connection.advance(&pipes) { return watch(connection) }
    for descriptor in [connection.client.raw, connection.server.raw] {
      set(descriptor, [])
      connections[descriptor] = nil
    }
    setAccepting()
  }

  private func watch(_ connection: RelayedConnection) {
    let wanted = connection.wanted
    set(connection.client.raw, wanted.client)
    set(connection.server.raw, wanted.server)
  }

  private func set(_ descriptor: CInt, _ events: Poller.Events) {
    let old = watchedEvents[descriptor] ?? []
    if events == old { return }
    watchedEvents[descriptor] = events.isEmpty ? nil : events
    if events.isEmpty { poller.forget(descriptor) } else { poller.watch(descriptor, events) }
  }
}

import CShim
import Glibc
import Runtime

/// A connection to a port of the host's, and the one to the container that goes with it.
final class RelayedConnection {
  let client: OwnedFD
  let server: OwnedFD
  private var isConnected = false
  private var toServer = RelayFlow()
  private var toClient = RelayFlow()

  /// Begins to connect to the container; nil where that fails at once.
  ///
  /// - Parameter client: who has connected to the host.
  init?(_ client: consuming OwnedFD, to target: IPAddress, port: UInt16) {
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
    let server = OwnedFD(Glibc.socket(target.domain, kind, 0))
    _ = fcntl(client.raw, F_SETFL, O_NONBLOCK)
    // Before it is connected: the container may have the connection before the call is back.
    for socket in [client.raw, server.raw] {
      var on: CInt = 1
      // What comes in small pieces was meant to.
      setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
      // Who has vanished without a word would have its place for ever.
      setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<CInt>.size))
    }
    let failed = SocketAddress(target, port: port).withPointer { connect(server.raw, $0, $1) }
    let isBroken = server.raw < 0 || failed < 0 && errno != EINPROGRESS
    self.client = client
    self.server = server
    if isBroken {
      abort()
      return nil
    }
  }

  /// What each end is to be watched for. Nothing: it must not be watched at all, since an end that is closed is told
  /// again and again.
  var wanted: (client: Poller.Events, server: Poller.Events) {
    if !isConnected { return ([], .output) }
    func events(_ incoming: RelayFlow, _ outgoing: RelayFlow) -> Poller.Events {
      (incoming.wantsInput ? [.input] : Poller.Events()).union(outgoing.wantsRoom ? [.output] : [])
    }
    return (events(toServer, toClient), events(toClient, toServer))
  }

  /// Goes on after something has happened at one of the ends.
  ///
  /// - Returns: false where it is over, in order or not.
  func advance(_ pipes: inout RelayPipes) -> Bool {
    if !isConnected {
      if shim_take_socket_error(server.raw) != 0 {
        abort()
        return false
      }
      isConnected = true
    }
    guard toServer.move(from: client.raw, to: server.raw, &pipes),
      toClient.move(from: server.raw, to: client.raw, &pipes)
    else {
      abort()
      return false
    }
    return !(toServer.isShut && toClient.isShut)
  }

  /// Lets both ends know that this was no orderly end: they are closed by a reset.
  private func abort() {
    for socket in [client.raw, server.raw] {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }
  }
}

import Glibc
import Runtime

/// The sockets at which a name server listens: one for datagrams and one for connections, at the same port.
struct NameSockets: ~Copyable {
  let datagrams: OwnedFD
  let connections: OwnedFD
  let port: UInt16

  /// In the network namespace in which this is called.
  ///
  /// - Throws: `Failure`.
  init(at address: IPAddress, telling listener: KernelCallListener) throws(Failure) {
    try Self.check(address, listener)
    // The kernel chooses a port for one kind; that it is free for the other as well is likely, and no more.
    for attempt in 1...16 {
      let datagrams = try Self.open(.datagram, isV6: address.isV6, listener)
      try Self.bind(datagrams.raw, to: address, port: 0, listener)
      let port = SocketAddress { getsockname(datagrams.raw, $0, $1) }.port
      let connections = try Self.open(.stream, isV6: address.isV6, listener)
      do throws(Failure) {
        try Self.bind(connections.raw, to: address, port: port, listener)
        let result: CInt = Glibc.listen(connections.raw, Self.backlog) == 0 ? 0 : -errno
        listener.tell(KernelCall("listen", [String(connections.raw), String(Self.backlog)]), result)
        if result < 0 { throw Failure("listen for names at", "\(address):\(port)", errno: -result) }
      } catch {
        if error.errno == EADDRINUSE && attempt < 16 { continue }
        throw error
      }
      self.datagrams = datagrams
      self.connections = connections
      self.port = port
      return
    }
    throw Failure("listen for names at", address.description, errno: EADDRINUSE)
  }

  /// How many connections may wait to be taken.
  private static let backlog: CInt = 16

  private static func open(_ kind: IPSocket.Kind, isV6: Bool, _ listener: KernelCallListener) throws(Failure)
    -> OwnedFD
  {
    let made = IPSocket.make(kind, isV6: isV6)
    let type = (kind == .datagram ? "SOCK_DGRAM" : "SOCK_STREAM") + "|SOCK_CLOEXEC|SOCK_NONBLOCK"
    listener.tell(KernelCall("socket", [isV6 ? "AF_INET6" : "AF_INET", type, "0"]), made)
    if made < 0 { throw Failure("make a socket for names", errno: -made) }
    return OwnedFD(made)
  }

  /// Whether the address is there. Where the loopback device has never been up, the kernel takes any for one of many
  /// receivers: it lets itself be bound, but is not the sender of answers, which nobody then takes for answers.
  private static func check(_ address: IPAddress, _ listener: KernelCallListener) throws(Failure) {
    let probe = try open(.datagram, isV6: address.isV6, listener)
    let result: CInt = SocketAddress(address, port: 53).withPointer {
      connect(probe.raw, $0, $1) == 0 ? 0 : -errno
    }
    listener.tell(KernelCall("connect", [String(probe.raw), SocketAddress.words(address, port: 53)]), result)
    if result < 0 { throw Failure("listen for names at", address.description, errno: -result) }
  }

  private static func bind(
    _ socket: CInt, to address: IPAddress, port: UInt16, _ listener: KernelCallListener
  ) throws(Failure) {
    let result: CInt = SocketAddress(address, port: port).withPointer {
      Glibc.bind(socket, $0, $1) == 0 ? 0 : -errno
    }
    listener.tell(KernelCall("bind", [String(socket), SocketAddress.words(address, port: port)]), result)
    if result < 0 { throw Failure("listen for names at", "\(address):\(port)", errno: -result) }
  }
}

extension SocketAddress {
  /// An address as strace prints it, with its length behind.
  static func words(_ address: IPAddress, port: UInt16) -> String {
    switch address {
    case .v4: "{sa_family=AF_INET, sin_port=htons(\(port)), sin_addr=inet_addr(\"\(address)\")}, 16"
    case .v6:
      "{sa_family=AF_INET6, sin6_port=htons(\(port)), inet_pton(AF_INET6, \"\(address)\", ...)}, 28"
    }
  }
}

import Glibc
import Runtime

/// A socket that is bound to a port, and so keeps others from it. The kernel gives the port back when its process ends,
/// however it ends. It does not listen: packets for the port are led elsewhere before they would come to it.
final class HeldPort {
  let socket: OwnedFD
  let address: IPAddress
  let port: UInt16
  private var isListening = false

  private init(_ socket: consuming OwnedFD, _ address: IPAddress) {
    port = SocketAddress { getsockname(socket.raw, $0, $1) }.port
    self.socket = socket
    self.address = address
  }

  /// Why a port cannot be had.
  struct Refusal: Error {
    let code: CInt
    /// Somebody has it.
    var isTaken: Bool { code == EADDRINUSE }
    /// The machine has no IPv6.
    var isWithoutKind: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }
  }

  /// - Parameter port: 0 for one that the kernel picks.
  static func bind(
    _ address: IPAddress, _ port: UInt16, _ transport: Transport, telling listener: KernelCallListener
  ) throws(Refusal) -> HeldPort {
    var port = port
    if port == 0 && address.isV6 && transport == .tcp {
      // A port that the kernel has picked is taken from who stops listening (`silence`), one that was asked for is not.
      port = try bind(address, 0, transport, sharing: false, listener).port
    }
    do { return try bind(address, port, transport, sharing: false, listener) } catch {
      guard error.isTaken, transport != .udp, port != 0 else { throw error }
    }
    // Connections that ended a moment ago keep a port from those who do not share it, but are nobody.
    return try bind(address, port, transport, sharing: true, listener)
  }

  private static func bind(
    _ address: IPAddress, _ port: UInt16, _ transport: Transport, sharing: Bool,
    _ listener: KernelCallListener
  ) throws(Refusal) -> HeldPort {
    let isDatagram = transport == .udp
    let kind = CInt((isDatagram ? SOCK_DGRAM : SOCK_STREAM).rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let made = Glibc.socket(address.domain, kind, CInt(transport.number))
    listener.tell(.socket(address, transport), made < 0 ? -errno : made)
    if made < 0 { throw Refusal(code: errno) }
    let socket = OwnedFD(made)
    // IPv4 has a socket of its own.
    if address.isV6 { set(made, CInt(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
    if sharing { set(made, SOL_SOCKET, SO_REUSEADDR, 1) }
    let bound = SocketAddress(address, port: port).withPointer { Glibc.bind(made, $0, $1) }
    listener.tell(.bind(made, address, port), bound < 0 ? -errno : 0)
    if bound < 0 { throw Refusal(code: errno) }
    let held = HeldPort(socket, address)
    if sharing {
      // Two who share could both be bound. Only one can listen.
      if Glibc.listen(made, 0) < 0 { throw Refusal(code: errno) }
      held.isListening = true
      held.silence()
    }
    return held
  }

  /// Has it take connections. Those that end keep nobody from the port.
  func listen() throws(Refusal) {
    Self.set(socket.raw, SOL_SOCKET, SO_REUSEADDR, 1)
    _ = fcntl(socket.raw, F_SETFL, O_NONBLOCK)
    if Glibc.listen(socket.raw, SOMAXCONN) < 0 { throw Refusal(code: errno) }
    isListening = true
  }

  /// Refuses connections, as before `listen`.
  func silence() {
    if !isListening { return }
    // In this order there is no moment at which another could come in.
    Self.set(socket.raw, SOL_SOCKET, SO_REUSEADDR, 0)
    shutdown(socket.raw, CInt(SHUT_RDWR))
    isListening = false
  }

  private static func set(_ socket: CInt, _ level: CInt, _ option: CInt, _ value: CInt) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
  }
}

extension KernelCall {
  static func socket(_ address: IPAddress, _ transport: Transport) -> KernelCall {
    let kind = transport == .udp ? "SOCK_DGRAM" : "SOCK_STREAM"
    return KernelCall(
      "socket",
      [
        address.isV6 ? "AF_INET6" : "AF_INET", kind + "|SOCK_CLOEXEC",
        "IPPROTO_" + transport.rawValue.uppercased(),
      ])
  }

  static func bind(_ socket: CInt, _ address: IPAddress, _ port: UInt16) -> KernelCall {
    let text = quote(address.description)
    let value =
      address.isV6
      ? "{sa_family=AF_INET6, sin6_port=htons(\(port)), inet_pton(AF_INET6, \(text), &sin6_addr)}"
      : "{sa_family=AF_INET, sin_port=htons(\(port)), sin_addr=inet_addr(\(text))}"
    return KernelCall("bind", [String(socket), value, address.isV6 ? "28" : "16"])
  }
}

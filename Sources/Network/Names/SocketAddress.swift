import Glibc

/// An address and a port, as sockets take them. Source: ip(7), ipv6(7).
struct SocketAddress: Equatable {
  /// Room for either kind; in the kernel's form.
  private var storage = sockaddr_in6()
  private var size: socklen_t

  init(_ address: IPAddress, port: UInt16) {
    switch address {
    case .v4(let address):
      var four = sockaddr_in()
      four.sin_family = sa_family_t(AF_INET)
      four.sin_port = port.bigEndian
      four.sin_addr.s_addr = address.number.bigEndian
      size = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutableBytes(of: &storage) { room in withUnsafeBytes(of: four) { room.copyMemory(from: $0) } }
    case .v6(let address):
      size = socklen_t(MemoryLayout<sockaddr_in6>.size)
      storage.sin6_family = sa_family_t(AF_INET6)
      storage.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &storage.sin6_addr) { $0.copyBytes(from: address.bytes) }
    }
  }

  /// What a call fills in, as `recvfrom` and `getsockname` do.
  init(filledBy call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Void) {
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &size) }
    }
    self.size = min(size, socklen_t(MemoryLayout<sockaddr_in6>.size))
  }

  /// Both kinds have it at the same place.
  var port: UInt16 { UInt16(bigEndian: storage.sin6_port) }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
    }
  }

  static func == (one: SocketAddress, other: SocketAddress) -> Bool {
    withUnsafeBytes(of: one.storage) { one in
      withUnsafeBytes(of: other.storage) { one.elementsEqual($0) }
    } && one.size == other.size
  }
}

/// Sockets of IP that never wait, and end with an exec.
enum IPSocket {
  enum Kind { case datagram, stream }

  /// Minus the error number where the kernel refuses.
  static func make(_ kind: Kind, isV6: Bool) -> CInt {
    let type = kind == .datagram ? SOCK_DGRAM : SOCK_STREAM
    let flags = CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(isV6 ? AF_INET6 : AF_INET, CInt(type.rawValue) | flags, 0)
    return descriptor < 0 ? -errno : descriptor
  }

  /// What there is to receive.
  ///
  /// - Parameters:
  ///   - limit: the most bytes. What a datagram has more is lost.
  ///   - sender: where the sender's address is put, and how long it may be.
  static func receive(
    _ socket: CInt, limit: Int,
    from sender: (address: UnsafeMutablePointer<sockaddr>?, size: UnsafeMutablePointer<socklen_t>?) = (
      nil, nil
    )
  ) -> Received {
    withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { room in
      while true {
        let got = recvfrom(
          socket, room.baseAddress, room.count, CInt(MSG_DONTWAIT), sender.address, sender.size)
        if got >= 0 { return .bytes(Array(room.prefix(got))) }
        if errno == EINTR { continue }
        return errno == EAGAIN ? .nothing : .broken
      }
    }
  }

  enum Received {
    case bytes([UInt8])
    case nothing
    case broken
  }

  /// Sends as much as there is room for; nil where the socket is broken.
  static func send(_ socket: CInt, _ bytes: ArraySlice<UInt8>) -> Int? {
    while true {
      let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
      let sent = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, flags) }
      if sent >= 0 { return sent }
      switch errno {
      case EINTR: continue
      // Not connected yet is told by the last one.
      case EAGAIN, ENOBUFS, ENOTCONN, EINPROGRESS: return 0
      default: return nil
      }
    }
  }
}

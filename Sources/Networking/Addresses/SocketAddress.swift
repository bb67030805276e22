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

  /// An address of IPv6, and the number of the device that it is of where it is one of a link alone.
  var ip6: (address: IPv6Address, device: UInt32)? {
    let bytes = withUnsafeBytes(of: storage.sin6_addr) { Array($0) }
    guard storage.sin6_family == sa_family_t(AF_INET6), let address = IPv6Address(bytes: bytes) else {
      return nil
    }
    return (address, storage.sin6_scope_id)
  }

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

extension IPAddress {
  /// AF_INET or AF_INET6.
  var domain: CInt { isV6 ? AF_INET6 : AF_INET }
}

import Glibc

/// Addresses as calls on sockets take them and give them back.
enum BoundAddress {
  static func domain(_ address: IPAddress) -> CInt { address.isV6 ? AF_INET6 : AF_INET }

  static func with<Result>(
    _ address: IPAddress, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var storage = sockaddr_storage()
    return withUnsafeMutableBytes(of: &storage) { bytes in
      let size: Int
      switch address {
      case .v4(let address):
        size = MemoryLayout<sockaddr_in>.size
        bytes.withMemoryRebound(to: sockaddr_in.self) {
          $0[0].sin_family = sa_family_t(AF_INET)
          $0[0].sin_port = port.bigEndian
          $0[0].sin_addr.s_addr = address.number.bigEndian
        }
      case .v6(let address):
        size = MemoryLayout<sockaddr_in6>.size
        bytes.withMemoryRebound(to: sockaddr_in6.self) {
          $0[0].sin6_family = sa_family_t(AF_INET6)
          $0[0].sin6_port = port.bigEndian
          withUnsafeMutableBytes(of: &$0[0].sin6_addr) { $0.copyBytes(from: address.bytes) }
        }
      }
      return bytes.withMemoryRebound(to: sockaddr.self) { body($0.baseAddress!, socklen_t(size)) }
    }
  }

  /// The port to which a socket is bound; 0 where to none.
  static func port(of socket: CInt) -> UInt16 {
    var storage = sockaddr_storage()
    return withUnsafeMutableBytes(of: &storage) { bytes in
      var size = socklen_t(bytes.count)
      let failed = bytes.withMemoryRebound(to: sockaddr.self) {
        getsockname(socket, $0.baseAddress, &size) != 0
      }
      // In both kinds the port stands behind the family.
      return failed ? 0 : UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }
  }
}

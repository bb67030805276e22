import Glibc

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

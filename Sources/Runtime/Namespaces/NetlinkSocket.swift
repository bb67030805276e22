import Glibc

/// A socket of netlink, in the network namespace in which it was opened. Source: netlink(7), rtnetlink(7).
package final class NetlinkSocket: NetlinkChannel {
  /// Which part of the kernel it talks to.
  package enum Family: CInt {
    case route = 0  // NETLINK_ROUTE
    case netfilter = 12  // NETLINK_NETFILTER

    var name: String { self == .route ? "rtnetlink" : "nfnetlink" }
  }

  private let socket: OwnedFD
  /// Told of each call.
  package var listener: KernelCallListener
  private let family: Family

  package init(_ family: Family = .route, telling listener: KernelCallListener = .nobody) throws(Failure) {
    let domain: CInt = 16  // AF_NETLINK
    let descriptor = Glibc.socket(
      domain, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), family.rawValue)
    listener.tell(
      family == .route ? .netlinkSocket() : .netfilterSocket(), descriptor < 0 ? -errno : descriptor)
    if descriptor < 0 { throw Failure("open an \(family.name) socket", errno: errno) }
    socket = OwnedFD(descriptor)
    self.listener = listener
    self.family = family
    // SOL_NETLINK with NETLINK_EXT_ACK and NETLINK_CAP_ACK: words with errors, without the request. And with
    // NETLINK_GET_STRICT_CHK: lists of what was asked for alone. A kernel that lacks them sends bare numbers, and
    // more than was asked for.
    var on: CInt = 1
    for option: CInt in [11, 10, 12] {
      setsockopt(descriptor, 270, option, &on, socklen_t(MemoryLayout<CInt>.size))
    }
  }

  package func send(_ datagram: [UInt8]) throws(Failure) {
    while true {
      let sent = Glibc.send(socket.raw, datagram, datagram.count, 0)
      let result = sent < 0 ? -Int(errno) : sent
      let (number, isRoute) = (CallDescriptor.number(socket.raw), family == .route)
      listener.tell(
        isRoute ? .sendto(number, netlink: datagram) : .sendto(number, netfilter: datagram), result)
      if result >= 0 { return }
      if result != -Int(EINTR) { throw Failure("write to \(family.name)", errno: CInt(-result)) }
    }
  }

  package func receive() throws(Failure) -> [UInt8] {
    while true {
      var failed: CInt = 0
      // The kernel sends at most 32 KiB at once.
      let datagram = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
        let got = recv(socket.raw, buffer.baseAddress, buffer.count, 0)
        failed = got < 0 ? errno : 0
        count = max(got, 0)
      }
      if failed == 0 { return datagram }
      if failed != EINTR { throw Failure("read from \(family.name)", errno: failed) }
    }
  }
}

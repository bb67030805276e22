import Glibc

/// A socket of the route family, in the network namespace in which it was opened. Source: rtnetlink(7).
package final class NetlinkSocket: NetlinkChannel {
  private let socket: OwnedFD
  private let listener: KernelCallListener

  package init(telling listener: KernelCallListener = .nobody) throws(Failure) {
    let (family, route): (CInt, CInt) = (16, 0)  // AF_NETLINK, NETLINK_ROUTE
    let descriptor = Glibc.socket(family, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), route)
    listener.tell(.netlinkSocket(), descriptor < 0 ? -errno : descriptor)
    if descriptor < 0 { throw Failure("open an rtnetlink socket", errno: errno) }
    socket = OwnedFD(descriptor)
    self.listener = listener
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
      listener.tell(.sendto(.number(socket.raw), netlink: datagram), result)
      if result >= 0 { return }
      if result != -Int(EINTR) { throw Failure("write to rtnetlink", errno: CInt(-result)) }
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
      if failed != EINTR { throw Failure("read from rtnetlink", errno: failed) }
    }
  }
}

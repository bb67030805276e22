/// Calls that talk to rtnetlink. Source: netlink(7), rtnetlink(7).
extension KernelCall {
  static func netlinkSocket() -> KernelCall {
    KernelCall("socket", ["AF_NETLINK", "SOCK_RAW|SOCK_CLOEXEC", "NETLINK_ROUTE"])
  }

  /// - Parameter datagram: one request. What it is about is told, not every field.
  static func sendto(_ socket: CallDescriptor, netlink datagram: [UInt8]) -> KernelCall {
    let message = NetlinkMessage.parse(datagram)?.first
    let value = message.map { "[" + header($0, length: datagram.count) + ", " + body($0) + "]" } ?? "..."
    return KernelCall("sendto", [socket.text, value, String(datagram.count), "0", "NULL", "0"])
  }

  private static let types = FlagNames(
    "RTM_???",
    [
      (16, "RTM_NEWLINK"), (18, "RTM_GETLINK"), (19, "RTM_SETLINK"), (20, "RTM_NEWADDR"), (22, "RTM_GETADDR"),
    ])

  private static func header(_ message: NetlinkMessage, length: Int) -> String {
    let isGet = message.type % 4 == 2
    let flags = FlagNames(
      "NLM_F_???",
      [(0x1, "NLM_F_REQUEST"), (0x2, "NLM_F_MULTI"), (0x4, "NLM_F_ACK"), (0x8, "NLM_F_ECHO")]
        + (isGet ? [(0x300, "NLM_F_DUMP")] : [(0x200, "NLM_F_EXCL"), (0x400, "NLM_F_CREATE")]))
    return "{nlmsg_len=\(length), nlmsg_type=\(types.choice(UInt64(message.type))), "
      + "nlmsg_flags=\(flags.bits(UInt64(message.flags))), nlmsg_seq=\(message.sequence), nlmsg_pid=0}"
  }

  private static func body(_ message: NetlinkMessage) -> String {
    let reader = NetlinkReader(message.payload[...])
    let index = reader.number(at: 4, as: Int32.self)
    if message.type == Netlink.newAddress || message.type == Netlink.getAddress {
      let address = "{ifa_prefixlen=\(reader.number(at: 1, as: UInt8.self)), ifa_index=\(index), ...}"
      return message.type == Netlink.newAddress ? address + ", " + addresses(message) : address
    }
    let link =
      "{ifi_index=\(index), ifi_flags=\(FlagNames.interface.bits(UInt64(reader.number(at: 8, as: UInt32.self)))), ...}"
    let attributes = message.attributes(behind: Netlink.Link.structSize).map { attribute -> String in
      switch attribute.type {
      case Netlink.Link.name: "[IFLA_IFNAME, \(quote(attribute.text))]"
      case Netlink.Link.namespace: "[IFLA_NET_NS_FD, \(attribute.number ?? 0)]"
      default: "[\(attribute.type), ...]"
      }
    }
    return attributes.isEmpty ? link : link + ", [" + attributes.joined(separator: ", ") + "]"
  }

  private static func addresses(_ message: NetlinkMessage) -> String {
    let attributes = message.attributes(behind: Netlink.Address.structSize)
    let local = attributes.first { $0.type == Netlink.Address.local || $0.type == Netlink.Address.address }
    return "[[IFA_LOCAL, \(local.map { addressText($0.value) } ?? "...")], ...]"
  }

  /// As people write addresses.
  static func addressText(_ bytes: [UInt8]) -> String {
    if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
    let groups = stride(from: 0, to: bytes.count - 1, by: 2).map {
      String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
    }
    return groups.joined(separator: ":")
  }
}

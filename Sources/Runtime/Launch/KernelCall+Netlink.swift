/// Calls that talk to rtnetlink. Source: netlink(7), rtnetlink(7).
extension KernelCall {
  static func netlinkSocket() -> KernelCall {
    KernelCall("socket", ["AF_NETLINK", "SOCK_RAW|SOCK_CLOEXEC", "NETLINK_ROUTE"])
  }

  /// - Parameter datagram: one request or several. What they are about is told, not every field.
  static func sendto(_ socket: CallDescriptor, netlink datagram: [UInt8]) -> KernelCall {
    let messages = NetlinkMessage.parse(datagram) ?? []
    let texts = messages.map { "[" + header($0) + ", " + body($0) + "]" }
    let value =
      texts.isEmpty ? "..." : texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
    return KernelCall("sendto", [socket.text, value, String(datagram.count), "0", "NULL", "0"])
  }

  private static let types = FlagNames(
    "RTM_???",
    [
      (16, "RTM_NEWLINK"), (17, "RTM_DELLINK"), (18, "RTM_GETLINK"), (19, "RTM_SETLINK"), (20, "RTM_NEWADDR"),
      (22, "RTM_GETADDR"), (24, "RTM_NEWROUTE"), (26, "RTM_GETROUTE"),
    ])

  private static func header(_ message: NetlinkMessage) -> String {
    let isGet = message.type % 4 == 2
    let flags = FlagNames(
      "NLM_F_???",
      [(0x1, "NLM_F_REQUEST"), (0x2, "NLM_F_MULTI"), (0x4, "NLM_F_ACK"), (0x8, "NLM_F_ECHO")]
        + (isGet ? [(0x300, "NLM_F_DUMP")] : [(0x200, "NLM_F_EXCL"), (0x400, "NLM_F_CREATE")]))
    let length = NetlinkMessage.headerSize + message.payload.count
    return "{nlmsg_len=\(length), nlmsg_type=\(types.choice(UInt64(message.type))), "
      + "nlmsg_flags=\(flags.bits(UInt64(message.flags))), nlmsg_seq=\(message.sequence), nlmsg_pid=0}"
  }

  private static func body(_ message: NetlinkMessage) -> String {
    switch message.type {
    case Netlink.newAddress, Netlink.getAddress: addressBody(message)
    case Netlink.newRoute, Netlink.getRoute: routeBody(message)
    default: linkBody(message.payload[...])
    }
  }

  private static func addressBody(_ message: NetlinkMessage) -> String {
    let reader = NetlinkReader(message.payload[...])
    let index = reader.number(at: 4, as: Int32.self)
    let address = "{ifa_prefixlen=\(reader.number(at: 1, as: UInt8.self)), ifa_index=\(index), ...}"
    if message.type == Netlink.getAddress { return address }
    let attributes = message.attributes(behind: Netlink.Address.structSize)
    let local = attributes.first { $0.type == Netlink.Address.local || $0.type == Netlink.Address.address }
    return address + ", [[IFA_LOCAL, \(local.map { addressText($0.value) } ?? "...")], ...]"
  }

  private static func routeBody(_ message: NetlinkMessage) -> String {
    let reader = NetlinkReader(message.payload[...])
    let family = families.choice(UInt64(reader.number(at: 0, as: UInt8.self)))
    let route = "{rtm_family=\(family), rtm_dst_len=\(reader.number(at: 1, as: UInt8.self)), ...}"
    return joined(
      route, message.attributes(behind: Netlink.Route.structSize)
    ) { attribute in
      switch attribute.type {
      case Netlink.Route.destination: "[RTA_DST, \(addressText(attribute.value))]"
      case Netlink.Route.gateway: "[RTA_GATEWAY, \(addressText(attribute.value))]"
      case Netlink.Route.device: "[RTA_OIF, \(attribute.number ?? 0)]"
      default: "[\(attribute.type), ...]"
      }
    }
  }

  private static let families = FlagNames(
    "AF_???", [(0, "AF_UNSPEC"), (2, "AF_INET"), (10, "AF_INET6")])

  /// Attributes behind a structure, if there are any.
  static func joined(
    _ fixed: String, _ attributes: [NetlinkAttribute], _ text: (NetlinkAttribute) -> String
  ) -> String {
    attributes.isEmpty ? fixed : fixed + ", [" + attributes.map(text).joined(separator: ", ") + "]"
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

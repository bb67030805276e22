/// Network devices in requests to rtnetlink. Source: linux/if_link.h.
extension KernelCall {
  /// `struct ifinfomsg` and the attributes behind it; also in a pair's other side.
  static func linkBody(_ bytes: ArraySlice<UInt8>) -> String {
    let reader = NetlinkReader(bytes)
    let flags = FlagNames.interface.bits(UInt64(reader.number(at: 8, as: UInt32.self)))
    let link = "{ifi_index=\(reader.number(at: 4, as: Int32.self)), ifi_flags=\(flags), ...}"
    return joined(link, NetlinkAttribute.list(bytes.dropFirst(Netlink.Link.structSize)), linkAttribute)
  }

  private static func linkAttribute(_ attribute: NetlinkAttribute) -> String {
    switch attribute.type {
    case Netlink.Link.hardwareAddress: "[IFLA_ADDRESS, \(hardwareAddress(attribute.value))]"
    case Netlink.Link.name: "[IFLA_IFNAME, \(quote(attribute.text))]"
    case Netlink.Link.mtu: "[IFLA_MTU, \(attribute.number ?? 0)]"
    case Netlink.Link.master: "[IFLA_MASTER, \(attribute.number ?? 0)]"
    case Netlink.Link.namespace: "[IFLA_NET_NS_FD, \(attribute.number ?? 0)]"
    case Netlink.Link.detail: "[IFLA_EXT_MASK, \(detail.bits(UInt64(attribute.number ?? 0)))]"
    case Netlink.Link.sendQueues: "[IFLA_NUM_TX_QUEUES, \(attribute.number ?? 0)]"
    case Netlink.Link.receiveQueues: "[IFLA_NUM_RX_QUEUES, \(attribute.number ?? 0)]"
    case Netlink.Link.info: "[IFLA_LINKINFO, \(linkInfo(attribute.nested))]"
    case Netlink.Link.families: "[IFLA_AF_SPEC, [\(attribute.nested.map(family).joined(separator: ", "))]]"
    default: "[\(attribute.type), ...]"
    }
  }

  private static let detail = FlagNames("RTEXT_FILTER_???", [(8, "RTEXT_FILTER_SKIP_STATS")])

  private static func hardwareAddress(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }

  private static func linkInfo(_ attributes: [NetlinkAttribute]) -> String {
    let kind = attributes.first { $0.type == Netlink.LinkInfo.kind }?.text ?? ""
    let texts = attributes.map { attribute in
      switch attribute.type {
      case Netlink.LinkInfo.kind: "[IFLA_INFO_KIND, \(quote(kind))]"
      case Netlink.LinkInfo.data:
        "[IFLA_INFO_DATA, [\(attribute.nested.map { linkData($0, kind) }.joined(separator: ", "))]]"
      default: "[\(attribute.type), ...]"
      }
    }
    return "[" + texts.joined(separator: ", ") + "]"
  }

  /// What the numbers mean, the kind says.
  private static func linkData(_ attribute: NetlinkAttribute, _ kind: String) -> String {
    switch (kind, attribute.type) {
    case ("veth", Netlink.LinkInfo.peer): "[VETH_INFO_PEER, \(linkBody(attribute.value[...]))]"
    case ("bridge", Netlink.LinkInfo.forwardDelay): "[IFLA_BR_FORWARD_DELAY, \(attribute.number ?? 0)]"
    case ("bridge", Netlink.LinkInfo.spanningTree): "[IFLA_BR_STP_STATE, \(attribute.number ?? 0)]"
    default: "[\(attribute.type), ...]"
    }
  }

  private static func family(_ attribute: NetlinkAttribute) -> String {
    let texts = attribute.nested.map { setting in
      switch (UInt8(truncatingIfNeeded: attribute.type), setting.type) {
      case (Netlink.ipv4, Netlink.LinkFamily.settings4):
        "[IFLA_INET_CONF, [\(setting.nested.map(setting4).joined(separator: ", "))]]"
      case (Netlink.ipv6, Netlink.LinkFamily.addressMode):
        "[IFLA_INET6_ADDR_GEN_MODE, "
          + (setting.value == [Netlink.LinkFamily.noAddress] ? "IN6_ADDR_GEN_MODE_NONE" : "...") + "]"
      default: "[\(setting.type), ...]"
      }
    }
    let name =
      attribute.type == UInt16(Netlink.ipv4)
      ? "AF_INET" : attribute.type == UInt16(Netlink.ipv6) ? "AF_INET6" : String(attribute.type)
    return "[\(name), [\(texts.joined(separator: ", "))]]"
  }

  private static func setting4(_ attribute: NetlinkAttribute) -> String {
    let name =
      attribute.type == Netlink.LinkFamily.routeLocalnet
      ? "IPV4_DEVCONF_ROUTE_LOCALNET" : String(attribute.type)
    return "[\(name), \(attribute.number ?? 0)]"
  }
}

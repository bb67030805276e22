import Runtime

/// What a bridge is like, as far as plans say something about it.
struct BridgeState: Equatable {
  let link: Link
  let routesLocalnet: Bool
  /// IPv6's parameters of the device; nil where the kernel has no IPv6, or the device none.
  let ipv6: IPv6?

  struct IPv6: Equatable {
    let isDisabled: Bool
    let forwards: Bool
    let acceptsAdvertisements: Bool
  }

  init?(_ message: NetlinkMessage) {
    guard let link = Link(message) else { return nil }
    self.link = link
    typealias Numbers = Netlink.LinkFamily
    let families = message.attributes(behind: Netlink.Link.structSize).first {
      $0.type == Netlink.Link.families
    }
    func numbers(_ family: UInt8, _ type: UInt16) -> [UInt32]? {
      let family = families?.nested.first { $0.type == UInt16(family) }
      guard let list = family?.nested.first(where: { $0.type == type })?.value else { return nil }
      let reader = NetlinkReader(list[...])
      return (0..<list.count / 4).map { reader.number(at: $0 * 4, as: UInt32.self) }
    }
    // A list that is too short is an old kernel's.
    func number(_ list: [UInt32], _ index: Int) -> UInt32 { index < list.count ? list[index] : 0 }
    let ipv4 = numbers(Netlink.ipv4, Numbers.settings4) ?? []
    routesLocalnet = number(ipv4, Int(Numbers.routeLocalnet) - 1) != 0
    ipv6 = numbers(Netlink.ipv6, Numbers.settings6).map { list in
      IPv6(
        isDisabled: number(list, Numbers.disableIPv6) != 0, forwards: number(list, Numbers.forwarding6) != 0,
        acceptsAdvertisements: number(list, Numbers.acceptAdvertisements) != 0)
    }
  }
}

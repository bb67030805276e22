import Glibc
import Runtime

/// One request to rtnetlink.
struct LinkRequest {
  var type: UInt16
  var flags = Netlink.request
  var payload: [UInt8]
  /// Refusals that are none.
  var tolerated: [CInt] = []
  /// What it is for, as a verb phrase.
  var purpose: () -> String

  /// The device of a name, without the longer ones of its counters.
  static func find(_ name: String) -> LinkRequest {
    LinkRequest(
      type: Netlink.getLink,
      payload: NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.name, name).bytes
        + NetlinkAttribute(Netlink.Link.detail, Netlink.Link.withoutStatistics).bytes,
      tolerated: [ENODEV], purpose: { "look for it" })
  }

  /// All devices.
  static func list() -> LinkRequest {
    LinkRequest(
      type: Netlink.getLink, flags: Netlink.request | Netlink.dump,
      payload: NetlinkLink.fixed()
        + NetlinkAttribute(Netlink.Link.detail, Netlink.Link.withoutStatistics).bytes,
      purpose: { "list the network devices" })
  }

  static func make(_ attributes: [NetlinkAttribute], purpose: @escaping () -> String) -> LinkRequest {
    LinkRequest(
      type: Netlink.newLink, flags: Netlink.request | Netlink.create | Netlink.exclusive,
      payload: NetlinkLink.fixed() + attributes.flatMap(\.bytes), purpose: purpose)
  }

  /// Changes a device that is known by its name.
  static func set(_ name: String, _ attributes: [NetlinkAttribute], purpose: @escaping () -> String)
    -> LinkRequest
  {
    LinkRequest(
      type: Netlink.setLink,
      payload: NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.name, name).bytes
        + attributes.flatMap(\.bytes), purpose: purpose)
  }

  /// Changes what a device is as a port of its bridge.
  private static func setPort(_ name: String, _ data: [NetlinkAttribute], purpose: @escaping () -> String)
    -> LinkRequest
  {
    let info = [
      NetlinkAttribute(Netlink.LinkInfo.portKind, "bridge"),
      NetlinkAttribute(Netlink.LinkInfo.portData, data),
    ]
    return LinkRequest(
      type: Netlink.newLink,
      payload: NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.name, name).bytes
        + NetlinkAttribute(Netlink.Link.info, info).bytes, purpose: purpose)
  }

  /// Where bridges call IP's packet filter, what a container sends to its own published port goes back where it came
  /// from.
  static func letBack(_ name: String) -> LinkRequest {
    setPort(name, [NetlinkAttribute(Netlink.LinkInfo.hairpin, byte: 1)]) {
      "let packets go back through it"
    }
  }

  /// What is behind a port of a bridge neither hears nor says anything more. Other than removing it, which waits for
  /// all processors, this costs nothing.
  ///
  /// It is asked of the bridge: what is changed by way of the device, as above, the bridge takes for a cable that was
  /// plugged in, and opens the port again.
  static func silence(index: Int32) -> LinkRequest {
    let data = [
      NetlinkAttribute(Netlink.LinkInfo.portState, byte: Netlink.LinkInfo.disabled),
      NetlinkAttribute(type: Netlink.LinkInfo.forgetHardware, value: []),
    ]
    return LinkRequest(
      type: Netlink.setLink,
      payload: NetlinkLink.fixed(family: Netlink.bridge, index: index)
        + NetlinkAttribute(Netlink.Link.port, data).bytes, tolerated: [ENODEV], purpose: { "silence it" })
  }

  /// - Parameter index: the device's number, or 0 where the name says it.
  static func setUp(_ name: String = "", index: Int32 = 0) -> LinkRequest {
    LinkRequest(
      type: Netlink.setLink,
      payload: NetlinkLink.fixed(index: index, flags: Netlink.Link.up, change: Netlink.Link.up)
        + (index == 0 ? NetlinkAttribute(Netlink.Link.name, name).bytes : []), purpose: { "set it up" })
  }

  static func remove(index: Int32) -> LinkRequest {
    LinkRequest(
      type: Netlink.deleteLink, payload: NetlinkLink.fixed(index: index), tolerated: [ENODEV],
      purpose: { "remove it" })
  }

  static func remove(_ name: String) -> LinkRequest {
    LinkRequest(
      type: Netlink.deleteLink,
      payload: NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.name, name).bytes, tolerated: [ENODEV],
      purpose: { "remove it" })
  }
}

extension LinkRequest {
  /// The addresses of one device, or, with 0, of all.
  static func listAddresses(of index: Int32) -> LinkRequest {
    LinkRequest(
      type: Netlink.getAddress, flags: Netlink.request | Netlink.dump, payload: address(index: index),
      purpose: { "list its addresses" })
  }

  /// Nobody is asked whether the address is free: it comes from a lease, and would be of no use for a second.
  static func add(_ address: InterfaceAddress, to index: Int32, toleratingPresent: Bool = false)
    -> LinkRequest
  {
    let isV6 = address.address.isV6
    let flags = isV6 ? Netlink.Address.noDetection : 0
    var payload = Self.address(
      family: isV6 ? Netlink.ipv6 : Netlink.ipv4, prefix: UInt8(address.prefix), flags: UInt8(flags),
      index: index)
    var attributes = [Netlink.Address.local, Netlink.Address.address].map {
      NetlinkAttribute(type: $0, value: address.address.bytes)
    }
    if !isV6, address.prefix < 31, let subnet = Subnet(of: address.address, prefix: address.prefix) {
      attributes.append(NetlinkAttribute(type: Netlink.Address.broadcast, value: subnet.last.bytes))
    }
    if isV6 { attributes.append(NetlinkAttribute(Netlink.Address.flags, flags)) }
    payload += attributes.flatMap(\.bytes)
    return LinkRequest(
      type: Netlink.newAddress, flags: Netlink.request | Netlink.create | Netlink.exclusive,
      payload: payload, tolerated: toleratingPresent ? [EEXIST] : [],
      purpose: { "give it the address \(address)" })
  }

  /// `struct ifaddrmsg`.
  private static func address(
    family: UInt8 = 0, prefix: UInt8 = 0, flags: UInt8 = 0, index: Int32
  ) -> [UInt8] {
    var bytes = NetlinkBytes()
    for byte in [family, prefix, flags, Netlink.Address.universe] { bytes.append(byte) }
    bytes.append(index)
    return bytes.bytes
  }

  static func addDefaultRoute(to gateway: IPAddress, through index: Int32) -> LinkRequest {
    let fixed =
      [gateway.isV6 ? Netlink.ipv6 : Netlink.ipv4, 0, 0, 0, Netlink.Route.mainTable, Netlink.Route.boot]
      + [Netlink.Address.universe, Netlink.Route.unicast, 0, 0, 0, 0]
    return LinkRequest(
      type: Netlink.newRoute, flags: Netlink.request | Netlink.create | Netlink.exclusive,
      payload: fixed + NetlinkAttribute(type: Netlink.Route.gateway, value: gateway.bytes).bytes
        + NetlinkAttribute(Netlink.Route.device, UInt32(bitPattern: index)).bytes,
      purpose: { "make the default route through \(gateway)" })
  }

  /// All routes of both kinds.
  static func listRoutes() -> LinkRequest {
    LinkRequest(
      type: Netlink.getRoute, flags: Netlink.request | Netlink.dump,
      payload: [UInt8](repeating: 0, count: Netlink.Route.structSize), purpose: { "list the routes" })
  }
}

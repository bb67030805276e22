import Glibc
import Runtime

/// The bridges of networks.
public enum Bridge {
  /// Sees to it that a bridge is there as planned, and up. It may be called by several processes at once. Of one
  /// that is there, hardware address and MTU are left as they are.
  ///
  /// - Returns: whether it had to be made.
  /// - Throws: `Failure` naming the bridge; also where a device of that name is no bridge.
  @discardableResult
  public static func ensure(_ plan: BridgePlan, telling listener: KernelCallListener = .nobody) throws -> Bool
  {
    try BridgeBuilder(plan, try NetlinkSocket(telling: listener)) { setting, value in
      try setting.set(value, telling: listener)
    }
    .ensure()
  }

  /// Removes a bridge. One that is not there is no error.
  ///
  /// - Throws: `Failure` naming the bridge; also where the device is no bridge.
  public static func remove(_ name: String, telling listener: KernelCallListener = .nobody) throws {
    let socket = try NetlinkSocket(telling: listener)
    try Links.remove(name, kind: "bridge", LinkConversation(socket, about: "bridge \(name)"))
  }
}

/// The conversation with the kernel that makes a bridge, or puts one right.
struct BridgeBuilder {
  private let plan: BridgePlan
  private let kernel: LinkConversation
  /// Changes a parameter of the kernel's.
  private let set: (KernelSetting, String) throws -> Void

  init(
    _ plan: BridgePlan, _ channel: any NetlinkChannel, set: @escaping (KernelSetting, String) throws -> Void
  ) {
    self.plan = plan
    kernel = LinkConversation(channel, about: "bridge \(plan.name)")
    self.set = set
  }

  func ensure() throws -> Bool {
    if let state = try find() {
      try complete(state, present: addresses(of: state.link.index))
      return false
    }
    let isMade = try make()
    guard let state = try find() else {
      throw Failure("bridge \(plan.name)", reason: "somebody has removed it at once", errno: ENODEV)
    }
    try complete(state, present: isMade ? [] : addresses(of: state.link.index))
    return isMade
  }

  private func find() throws -> BridgeState? {
    guard let state = try kernel.ask(.find(plan.name)).lazy.compactMap(BridgeState.init).first else {
      return nil
    }
    if state.link.kind != "bridge" { throw Links.refusal(state.link, kind: "bridge") }
    return state
  }

  /// Returns false where somebody else was faster.
  private func make() throws -> Bool {
    // Ports forward at once, and not after half a minute of listening for other bridges.
    let data = [
      NetlinkAttribute(Netlink.LinkInfo.forwardDelay, UInt32(0)),
      NetlinkAttribute(Netlink.LinkInfo.spanningTree, UInt32(0)),
    ]
    var attributes = [
      NetlinkAttribute(Netlink.Link.name, plan.name),
      NetlinkAttribute(type: Netlink.Link.hardwareAddress, value: plan.hardwareAddress.bytes),
    ]
    if let mtu = plan.mtu { attributes.append(NetlinkAttribute(Netlink.Link.mtu, mtu)) }
    attributes.append(
      NetlinkAttribute(
        Netlink.Link.info,
        [NetlinkAttribute(Netlink.LinkInfo.kind, "bridge"), NetlinkAttribute(Netlink.LinkInfo.data, data)]))
    do {
      try kernel.ask(.make(attributes) { "make it" })
      return true
    } catch let failure as Failure {
      if failure.errno == EEXIST { return false }
      throw failure
    }
  }

  private func addresses(of index: Int32) throws -> Set<InterfaceAddress> {
    let answers = try kernel.ask(.listAddresses(of: index))
    return Set(answers.compactMap(NetlinkAddress.init).filter { $0.index == index }.compactMap(\.interface))
  }

  /// Makes up for what is missing; asks for nothing where nothing is.
  private func complete(_ state: BridgeState, present: Set<InterfaceAddress>) throws {
    // Before it is up: a bridge without IPv6 must never take a link-local address or a router's word.
    for (name, value) in missingSettings(state) { try set(.device(plan.name, "ipv6", name), value) }
    var requests = plan.addresses.filter { !present.contains($0) }.map {
      LinkRequest.add($0, to: state.link.index, toleratingPresent: true)
    }
    if !state.routesLocalnet {
      // Connections to published ports on 127.0.0.1 leave through the bridge.
      let settings = [NetlinkAttribute(Netlink.LinkFamily.routeLocalnet, UInt32(1))]
      let family = [
        NetlinkAttribute(UInt16(Netlink.ipv4), [NetlinkAttribute(Netlink.LinkFamily.settings4, settings)])
      ]
      requests.append(
        .set(plan.name, [NetlinkAttribute(Netlink.Link.families, family)]) { "set route_localnet" })
    }
    if !state.link.isUp { requests.append(.setUp(index: state.link.index)) }
    try kernel.ask(requests)
  }

  private func missingSettings(_ state: BridgeState) -> [(String, String)] {
    guard let ipv6 = state.ipv6 else {
      return plan.usesIPv6 ? [("disable_ipv6", "0"), ("forwarding", "1"), ("accept_ra", "0")] : []
    }
    if !plan.usesIPv6 { return ipv6.isDisabled ? [] : [("disable_ipv6", "1")] }
    return [
      ("disable_ipv6", "0", ipv6.isDisabled), ("forwarding", "1", !ipv6.forwards),
      // A container could else make itself the host's router.
      ("accept_ra", "0", ipv6.acceptsAdvertisements),
    ]
    .filter(\.2).map { ($0.0, $0.1) }
  }
}

extension NetlinkAddress {
  /// The address itself.
  var interface: InterfaceAddress? {
    // IPv4 has both where they differ, on point-to-point devices, and IPv6 the second alone.
    let value =
      attributes.first { $0.type == Netlink.Address.local }
      ?? attributes.first { $0.type == Netlink.Address.address }
    return value.flatMap { IPAddress(bytes: $0.value) }.map {
      InterfaceAddress($0, prefix: Int(prefixLength))
    }
  }
}

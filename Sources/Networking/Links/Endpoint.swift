import Glibc
import Runtime

/// Containers' connections to bridges.
public enum Endpoint {
  /// Connects a container. Where that fails, nothing is left of it. The process must have one thread.
  ///
  /// - Throws: `Failure` naming the device.
  package static func connect(
    _ plan: EndpointPlan, to namespace: borrowing NetworkNamespace,
    telling listener: KernelCallListener = .nobody
  ) throws {
    // Opened here, it goes on speaking to the host also while the process visits the container.
    let host = try NetlinkSocket(telling: listener)
    let descriptor = namespace.raw
    try namespace.visit(telling: listener) {
      let inside = try NetlinkSocket(telling: listener)
      try EndpointBuilder(plan, namespace: descriptor, host: host, inside: inside) { setting, value in
        try setting.set(value, telling: listener)
      }
      .connect()
    }
  }

  /// Silences connections whose containers have ended: the kernel takes its time to remove a network namespace, which
  /// would meanwhile answer for addresses that others may have by then. One that is not there is no error.
  ///
  /// - Parameter hostNames: the names of the host's sides.
  /// - Throws: `Failure` where the kernel refuses.
  package static func silence(_ hostNames: [String], telling listener: KernelCallListener = .nobody) throws {
    let present = hostNames.map { Int32(bitPattern: if_nametoindex($0)) }.filter { $0 != 0 }
    if present.isEmpty { return }
    let socket = try NetlinkSocket(telling: listener)
    try LinkConversation(socket, about: "connections").ask(present.map(LinkRequest.silence))
  }

  /// Removes a connection, with both its sides. One that is not there is no error: it goes by itself with the
  /// container's network namespace.
  ///
  /// - Parameter hostName: the name of the host's side.
  /// - Throws: `Failure` naming the device.
  public static func disconnect(_ hostName: String, telling listener: KernelCallListener = .nobody) throws {
    let socket = try NetlinkSocket(telling: listener)
    try Links.remove(hostName, kind: "veth", LinkConversation(socket, about: "veth \(hostName)"))
  }
}

/// The conversation with the kernel that connects a container.
struct EndpointBuilder {
  private let plan: EndpointPlan
  /// A descriptor of the container's network namespace.
  private let namespace: CInt
  private let host: LinkConversation
  private let inside: LinkConversation
  /// Changes a parameter of the kernel's in the container's network namespace.
  private let set: (KernelSetting, String) throws -> Void

  init(
    _ plan: EndpointPlan, namespace: CInt, host: any NetlinkChannel, inside: any NetlinkChannel,
    set: @escaping (KernelSetting, String) throws -> Void
  ) {
    self.plan = plan
    self.namespace = namespace
    self.host = LinkConversation(host, about: "veth \(plan.hostName)")
    self.inside = LinkConversation(inside, about: "container's device \(plan.insideName)")
    self.set = set
  }

  func connect() throws {
    let bridge = try findBridge()
    try makePair(bridge)
    do {
      try setUpHost()
      try setUpInside()
    } catch {
      // The other side goes with it.
      _ = try? host.ask(.remove(plan.hostName))
      throw error
    }
  }

  private func findBridge() throws -> Int32 {
    guard let bridge = try host.ask(.find(plan.bridge)).lazy.compactMap(Link.init).first else {
      throw Failure("bridge \(plan.bridge)", reason: "it is not there", errno: ENODEV)
    }
    if bridge.kind != "bridge" { throw Links.refusal(bridge, kind: "bridge") }
    return bridge.index
  }

  /// Both sides with their final names, the other one straight in the container: nothing is ever seen half done.
  private func makePair(_ bridge: Int32) throws {
    // The kernel would make queues for each processor, and folders in /sys for each of them: with two processors
    // that already takes a third longer. Without a discipline of its own, a pair has no use for them.
    var common = [
      NetlinkAttribute(Netlink.Link.sendQueues, UInt32(1)),
      NetlinkAttribute(Netlink.Link.receiveQueues, UInt32(1)),
    ]
    if let mtu = plan.mtu { common.append(NetlinkAttribute(Netlink.Link.mtu, mtu)) }
    let peer =
      [
        NetlinkAttribute(Netlink.Link.name, plan.insideName),
        NetlinkAttribute(type: Netlink.Link.hardwareAddress, value: plan.hardwareAddress.bytes),
        NetlinkAttribute(Netlink.Link.namespace, UInt32(bitPattern: namespace)),
      ] + common
    // VETH_INFO_PEER is a structure with attributes behind it.
    let data = NetlinkAttribute(
      type: Netlink.LinkInfo.peer, value: NetlinkLink.fixed() + peer.flatMap(\.bytes))
    let info = [
      NetlinkAttribute(Netlink.LinkInfo.kind, "veth"), NetlinkAttribute(Netlink.LinkInfo.data, [data]),
    ]
    let attributes =
      [
        NetlinkAttribute(Netlink.Link.name, plan.hostName),
        NetlinkAttribute(Netlink.Link.master, UInt32(bitPattern: bridge)),
      ] + common + [NetlinkAttribute(Netlink.Link.info, info)]
    let inside = plan.insideName
    try host.ask(.make(attributes) { "make it, with \(inside) in the container" })
  }

  private func setUpHost() throws {
    let mode = [NetlinkAttribute(Netlink.LinkFamily.addressMode, byte: Netlink.LinkFamily.noAddress)]
    let families = [NetlinkAttribute(Netlink.Link.families, [NetlinkAttribute(UInt16(Netlink.ipv6), mode)])]
    // A port of a bridge needs no address of its own, and nobody wants to hear it look for neighbours.
    var silence = LinkRequest.set(plan.hostName, families) { "leave it without an address of IPv6" }
    // Without IPv6 in the kernel there is nothing to silence.
    silence.tolerated = [EAFNOSUPPORT]
    try host.ask([silence, .letBack(plan.hostName), .setUp(plan.hostName)])
  }

  private func setUpInside() throws {
    let loopback: Int32 = 1
    let found = try inside.ask([.setUp(index: loopback), .find(plan.insideName)])[1]
    guard let link = found.lazy.compactMap(Link.init).first else {
      throw Failure("container's device \(plan.insideName)", reason: "it is not there", errno: ENODEV)
    }
    try setIPv6()
    try inside.ask(
      plan.addresses.map { .add($0, to: link.index) } + [.setUp(index: link.index)]
        + plan.gateways.map { .addDefaultRoute(to: $0, through: link.index) })
  }

  /// Before it is up: nobody on the network may give the container addresses or routes.
  private func setIPv6() throws {
    do {
      try plan.usesIPv6
        ? set(.device(plan.insideName, "ipv6", "accept_ra"), "0")
        : set(.device(plan.insideName, "ipv6", "disable_ipv6"), "1")
    } catch let failure as Failure {
      // The kernel has no IPv6.
      if plan.usesIPv6 || failure.errno != ENOENT { throw failure }
    }
  }
}

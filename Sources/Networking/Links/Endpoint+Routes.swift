import Glibc
import Runtime

extension Endpoint {
  /// Puts a connection's end on the host back to its bridge, which was made anew.
  ///
  /// - Throws: `Failure` naming the device.
  public static func rejoin(
    _ hostName: String, bridge: String, telling listener: KernelCallListener = .nobody
  ) throws {
    let host = LinkConversation(try NetlinkSocket(telling: listener), about: "veth \(hostName)")
    guard let link = try Links.find(bridge, telling: listener) else {
      throw Failure("bridge \(bridge)", reason: "it is not there", errno: ENODEV)
    }
    let master = [NetlinkAttribute(Netlink.Link.master, UInt32(bitPattern: link.index))]
    try host.ask([.set(hostName, master) { "put it to bridge \(bridge)" }, .letBack(hostName)])
  }

  /// Has a container's default routes lead through a connection that is there, where no other's do.
  ///
  /// - Throws: `Failure` naming the device.
  package static func lead(
    _ plan: EndpointPlan, out namespace: borrowing NetworkNamespace,
    telling listener: KernelCallListener = .nobody
  ) throws {
    if plan.gateways.isEmpty { return }
    try namespace.visit(telling: listener) {
      let inside = LinkConversation(
        try NetlinkSocket(telling: listener), about: "container's device \(plan.insideName)")
      guard let link = try inside.ask(.find(plan.insideName)).lazy.compactMap(Link.init).first else {
        throw Failure("container's device \(plan.insideName)", reason: "it is not there", errno: ENODEV)
      }
      try inside.ask(
        plan.gateways.map { gateway in
          var request = LinkRequest.addDefaultRoute(to: gateway, through: link.index)
          request.tolerated = [EEXIST]
          return request
        })
    }
  }
}

import Glibc
import Runtime

extension Endpoint {
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

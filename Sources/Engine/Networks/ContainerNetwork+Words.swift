import Networking
import Runtime

/// The steps as they are told.
extension ContainerNetwork {
  /// - Parameter hasRules: the packet filter's rules are there.
  static func hostStep(_ network: StoredNetwork, hasRules: Bool) -> OutsideStep {
    OutsideStep(
      words: "set up network \(network.name)",
      reason:
        "its containers meet at a bridge, a switch in the kernel, whose own address leads them on; the packet "
        + "filter keeps other networks out. Most times all of it is there",
      shell: (["sysctl -w net.ipv4.ip_forward=1"] + (hasRules ? [] : PacketFilter.shell)
        + network.filtered.shell + network.bridgePlan.shell)
        .joined(separator: "\n"))
  }

  static func connectionStep(_ endpoint: Endpoint, _ plan: EndpointPlan) -> OutsideStep {
    OutsideStep(
      words: "connect \(endpoint.device) to network \(endpoint.network.name)",
      reason:
        "a new network namespace has a loopback device alone: one end of a pair of devices is made in it, the "
        + "other one is put to the bridge, and what goes in at one comes out at the other",
      shell: plan.shell().joined(separator: "\n"))
  }

  static func portStep(_ lease: Lease) -> OutsideStep {
    OutsideStep(
      words: "publish ports " + lease.ports.map(\.words).joined(separator: ", "),
      reason:
        "packets to a port of the host's get the container's address in place of the host's; a socket that is "
        + "bound to the port keeps it from everybody else",
      shell: lease.mappings.map(\.shell).joined(separator: "\n"))
  }

  static let nameStep = OutsideStep(
    words: "serve names",
    reason: "containers on networks that people make find each other by name: the monitor listens inside, at "
      + "127.0.0.11, and leaves port 53 to the payload",
    shell: NameRedirect.shell(port: "$PORT").map { "nsenter -t $PID -n " + $0 }.joined(separator: "\n"))
}

extension PortBinding {
  fileprivate var words: String { "\(hostText)->\(containerPort)/\(transport)" }
}

// MARK: Foreseen

extension ContainerNetwork {
  /// What a container is likely to get, for a plan of its launch. Nothing is claimed.
  static func foreseen(_ container: StoredContainer) throws -> ContainerNetwork {
    let network = ContainerNetwork(container.id, container.roots)
    for wish in container.options.network.networks {
      let stored = try network.networks.foreseen(wish)
      var request = LeaseRequest(container: container.id, name: container.name)
      (request.ip4, request.ip6, request.hardwareAddress) = (wish.ip4, wish.ip6, wish.mac)
      if !stored.isInternal, network.endpoints.allSatisfy(\.lease.ports.isEmpty) {
        // A port that is to be chosen is not known yet.
        request.ports = container.portRequests.flatMap { port in
          guard let host = port.host else { return [PortBinding]() }
          return (port.address.map { [$0] } ?? [.v4(.any), .v6(.any)]).map { address in
            PortBinding(
              address: address, hostPort: host.lowerBound, containerPort: port.containerPort,
              transport: port.transport)
          }
        }
      }
      network.add(stored, wish, try Leases(stored).foresee(request))
    }
    return network
  }
}

extension EngineNetworks {
  fileprivate func foreseen(_ wish: NetworkWish) throws -> StoredNetwork {
    wish.isUsual ? try stored.usual(isForeseen: true) : try find(wish.name)
  }
}

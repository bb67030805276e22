import Glibc
import Networking
import Runtime

extension EngineNetworks {
  /// Sees to it that the host's part of a network is there: forwarding, the packet filter, the bridge. Most times all
  /// of it is.
  func setUp(
    _ network: StoredNetwork, _ filter: PacketFilter, telling listener: KernelCallListener = .nobody
  ) throws {
    _ = try Forwarding.ensure(ipv6: network.usesIPv6, telling: listener)
    if try !filter.isCurrent() {
      // Somebody has flushed all rules, or the machine was started: whoever runs already has lost theirs as well.
      try restore(filter) { throw $0 }
    } else if if_nametoindex(network.bridgeName) == 0 {
      // Before the bridge: one that is there has its elements.
      try filter.add([network.filtered])
    }
    try ensureBridge(network, telling: listener)
  }

  /// A bridge that somebody has taken away has lost its ports: those who run are put back to it.
  private func ensureBridge(_ network: StoredNetwork, telling listener: KernelCallListener = .nobody) throws {
    guard try Bridge.ensure(network.bridgePlan, telling: listener) else { return }
    for lease in try users(of: network) where if_nametoindex(lease.hostDevice) != 0 {
      try Networking.Endpoint.rejoin(lease.hostDevice, bridge: network.bridgeName, telling: listener)
    }
  }

  /// Puts back what others may have taken away: the rules with all that belongs in them, and the bridges.
  ///
  /// - Parameter warn: told of each network that not all is known of, or can be put back; what the packet filter has of
  ///   it stays.
  public func reload(warn: (Error) -> Void) throws {
    for network in stored.made(warn: warn) {
      _ = try Forwarding.ensure(ipv6: network.usesIPv6)
      do {
        try sweep(network)
        // Not where the leases cannot be read: whoever runs would stay apart from it, and it would not be missing.
        try ensureBridge(network)
      } catch {
        warn(error)
      }
    }
    // Somebody may have changed those that are there.
    try restore(PacketFilter(), anew: true, refused: warn)
  }

  /// Sees to it that the rules are there, and all that belongs in them. Of a network whose leases cannot be read that
  /// is what is in them already: it is in nobody else's way.
  ///
  /// - Parameter refused: is handed why the ports of a network are not led into it.
  private func restore(
    _ filter: PacketFilter, anew: Bool = false, refused: (Error) throws -> Void
  ) throws {
    try filter.ensure(anew: anew)
    // Only now: whoever came before has a lease by now, and whoever comes later finds the rules.
    let networks = stored.made()
    try filter.add(networks.map(\.filtered))
    for network in networks {
      var refusal: Error?
      // While nobody can give a port back, which another one may have the moment after.
      try? Leases(network).whileHeld {
        let mappings = try users(of: network).flatMap(\.mappings)
        do { try filter.publish(mappings) } catch { refusal = error }
      }
      if let refusal { try refused(refusal) }
    }
  }

  /// Takes the leases of dead containers away, and what the packet filter has of them.
  func sweep(_ network: StoredNetwork) throws {
    try Leases(network).sweep(isAlive: isAlive, dispose: Self.dispose)
  }

  /// Takes away what a dead container has left in its networks.
  func forget(_ id: String) {
    for network in stored.made() {
      _ = try? Leases(network).release(id, dispose: Self.dispose)
    }
  }

  /// What else there is of a lease than its line: elements of the packet filter. Devices go by themselves.
  static func dispose(_ lease: Lease) throws {
    if lease.ports.isEmpty { return }
    try PacketFilter().unpublish(lease.mappings)
  }

  /// What there is of a network: its bridge, and elements of the packet filter.
  static func takeDown(_ network: StoredNetwork) throws {
    // The bridge first: as long as it is there it is filtered.
    try Bridge.remove(network.bridgeName)
    try PacketFilter().remove(network.bridgeName)
  }
}

extension StoredNetwork {
  var filtered: FilteredBridge {
    FilteredBridge(name: bridgeName, subnets: subnets.map(\.subnet), isInternal: isInternal)
  }

  /// Its bridge, with the gateways' addresses.
  public var bridgePlan: BridgePlan {
    let addresses = subnets.map { InterfaceAddress($0.gateway, prefix: $0.subnet.prefix) }
    var hardware = HardwareAddress(for: IPv4Address(number: 0))
    for case .v4(let gateway) in subnets.map(\.gateway) { hardware = HardwareAddress(for: gateway) }
    return BridgePlan(
      name: bridgeName, addresses: addresses, hardwareAddress: hardware, mtu: mtu.map { UInt32($0) },
      usesIPv6: usesIPv6)
  }
}

extension Lease {
  /// The container's addresses, that of IPv4 first.
  public var addresses: [IPAddress] { (ip4.map { [.v4($0)] } ?? []) + (ip6.map { [.v6($0)] } ?? []) }

  /// Its published ports as the packet filter has them.
  var mappings: [PortMapping] { ports.compactMap { $0.mapping(to: addresses) } }
}

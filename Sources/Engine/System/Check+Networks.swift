import Glibc
import Networking
import Runtime

extension Containers {
  /// What is left of networks: leases of the dead, published ports of nobody, rules that are missing.
  func networkLeftovers() -> [Leftover] {
    let networks = EngineNetworks(roots)
    var left: [Leftover] = []
    // Before the leases: what is published by now has one by then.
    var published: [PortMapping] = []
    do { published = try PacketFilter().mappings() } catch {
      left.append(Leftover(text: "\(error)", repair: nil))
    }
    var isUsed = false
    for network in networks.stored.made(warn: { left.append(Leftover(text: "\($0)", repair: nil)) }) {
      do {
        let leases = try Leases(network).all()
        left += Self.unleased(published, network, leases)
        for lease in leases {
          if networks.isAlive(lease.container) {
            isUsed = true
            continue
          }
          left.append(
            Leftover(text: "network \(network.name): the addresses of \(lease.name), which does not run") {
              try networks.sweep(network)
            })
        }
      } catch {
        left.append(Leftover(text: "\(error)", repair: nil))
      }
    }
    return left + cutShort(networks.stored) + (isUsed ? missingRules(networks) : [])
  }

  /// What leads into a network, to an address that is nobody's. Others may have networks by another data root: only
  /// what leads into ours is ours.
  ///
  /// - Parameter leases: of the dead and the living.
  private static func unleased(
    _ published: [PortMapping], _ network: StoredNetwork, _ leases: [Lease]
  ) -> [Leftover] {
    let used = Set(leases.flatMap(\.mappings))
    return published.filter { mapping in
      !used.contains(mapping) && network.subnets.contains { $0.subnet.contains(mapping.target) }
    }.map { mapping in
      Leftover(
        text:
          "port \(mapping.hostPort)/\(mapping.transport.rawValue): published for \(mapping.target), which is "
          + "nobody's address"
      ) {
        // Somebody may have been given address and port since.
        if try Leases(network).all().contains(where: { $0.mappings.contains(mapping) }) { return }
        try PacketFilter().unpublish([mapping])
      }
    }
  }

  private func cutShort(_ networks: Networks) -> [Leftover] {
    do {
      return try networks.cutShort().map { path in
        Leftover(text: "\(path): the making or removal of a network was cut short") {
          try networks.removeCutShort()
        }
      }
    } catch {
      return [Leftover(text: "\(error)", repair: nil)]
    }
  }

  private func missingRules(_ networks: EngineNetworks) -> [Leftover] {
    // Whoever cannot ask has been told of already.
    guard (try? PacketFilter().isCurrent()) == false else { return [] }
    return [
      Leftover(text: "the packet filter's rules are missing, or those of another version") {
        var trouble: [Error] = []
        try networks.reload { trouble.append($0) }
        if let first = trouble.first { throw first }
      }
    ]
  }
}

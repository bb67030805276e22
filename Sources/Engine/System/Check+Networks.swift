import Glibc
import Networking
import Runtime

extension Containers {
  /// What is left of networks: leases of the dead, published ports of nobody, rules that are missing.
  func networkLeftovers() -> [Leftover] {
    let networks = EngineNetworks(roots)
    var left: [Leftover] = []
    var used: Set<PortMapping> = []
    var isUsed = false
    for network in networks.stored.made(warn: { left.append(Leftover(text: "\($0)", repair: nil)) }) {
      do {
        for lease in try Leases(network).all() {
          used.formUnion(lease.mappings)
          if networks.isAlive(lease.container) {
            isUsed = true
            continue
          }
          left.append(
            Leftover(text: "network \(network.name): the addresses of \(lease.name), which does not run") {
              try networks.sweep()
            })
        }
      } catch {
        left.append(Leftover(text: "\(error)", repair: nil))
      }
    }
    return left + cutShortNetworks() + filterLeftovers(networks, used, isUsed: isUsed)
  }

  private func cutShortNetworks() -> [Leftover] {
    Files.names(in: roots.networks).filter { $0.hasPrefix(".") }.map { name in
      let path = roots.networks + "/" + name
      return Leftover(text: "\(path): the making or removal of a network was cut short") {
        ScratchFolder.remove(path)
      }
    }
  }

  /// - Parameter used: by those who have leases, dead or alive.
  private func filterLeftovers(
    _ networks: EngineNetworks, _ used: Set<PortMapping>, isUsed: Bool
  ) -> [Leftover] {
    do {
      let filter = try PacketFilter()
      if try isUsed && !filter.isCurrent() {
        return [
          Leftover(text: "the packet filter's rules are missing, or those of another version") {
            try networks.reload()
          }
        ]
      }
      // Others may have networks by another data root: only what leads into ours is ours.
      let subnets = networks.stored.made().flatMap { $0.subnets.map(\.subnet) }
      let nobodys = try filter.mappings().filter { mapping in
        !used.contains(mapping) && subnets.contains { $0.contains(mapping.target) }
      }
      return nobodys.map { mapping in
        Leftover(
          text:
            "port \(mapping.hostPort)/\(mapping.transport.rawValue): published for \(mapping.target), which is "
            + "nobody's address"
        ) { try PacketFilter().unpublish([mapping]) }
      }
    } catch {
      return [Leftover(text: "\(error)", repair: nil)]
    }
  }
}

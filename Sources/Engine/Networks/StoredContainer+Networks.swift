import Networking
import Runtime

extension StoredContainer {
  /// The ports that are to be published.
  var portRequests: [PortRequest] {
    let network = options.network
    var requests = network.published.map { port in
      PortRequest(
        address: port.address.flatMap { IPAddress($0) }, host: port.host, containerPort: port.container.port,
        transport: port.container.transport)
    }
    if network.publishesAll {
      let known = Set(network.published.map(\.container))
      requests += network.exposed.filter { !known.contains($0) }.map {
        PortRequest(containerPort: $0.port, transport: $0.transport)
      }
    }
    return requests
  }
}

extension NetworkOptions {
  /// Has networks that are meant by an ID called by their names, as all else calls them.
  ///
  /// Throws where there is none of that name, or one is meant twice.
  mutating func resolve(_ known: EngineNetworks) throws {
    guard case .networks(var wishes)? = mode else { return }
    for index in wishes.indices { wishes[index].name = try known.find(wishes[index].name).name }
    try NetworkWish.checkDistinct(wishes)
    mode = .networks(wishes)
  }
}

/// What a running container has in a network.
public struct ContainerEndpoint: Sendable {
  public let network: StoredNetwork
  public let lease: Lease
}

extension EngineNetworks {
  /// What containers have in networks, by their IDs. A network whose files cannot be read is left out.
  func endpoints() -> [String: [ContainerEndpoint]] {
    var found: [String: [ContainerEndpoint]] = [:]
    for network in stored.made() {
      for lease in (try? Leases(network).all()) ?? [] {
        found[lease.container, default: []].append(ContainerEndpoint(network: network, lease: lease))
      }
    }
    return found
  }

  /// What one container has in its networks, in the order in which it was to be in them.
  func endpoints(of container: StoredContainer) -> [ContainerEndpoint] {
    container.options.network.networks.compactMap { wish in
      guard let network = try? find(wish.name), let lease = try? Leases(network).find(container.id) else {
        return nil
      }
      return ContainerEndpoint(network: network, lease: lease)
    }
  }
}

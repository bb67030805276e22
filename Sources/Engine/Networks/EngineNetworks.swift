import Networking
import Runtime

/// The networks of this machine, and who is in them.
public struct EngineNetworks: Sendable {
  public let roots: EngineRoots
  public let stored: Networks

  public init(_ roots: EngineRoots = .fromEnvironment()) {
    self.roots = roots
    stored = Networks(
      folder: roots.networks, hostSubnets: { try Routes.subnets() },
      choose: { try FreeSubnet.find(besides: $0) })
  }

  /// Whether the container of an ID runs.
  public func isAlive(_ id: String) -> Bool { LifeLock.isHeld(roots.folder(of: id)) }

  /// Makes a network.
  public func create(_ request: NetworkRequest) throws -> StoredNetwork {
    let network = try stored.create(request)
    EventLog(roots).add(network.event("create"))
    return network
  }

  /// The network that a container is in where none is said.
  public func usual() throws -> StoredNetwork {
    try stored.usual { EventLog(roots).add($0.event("create")) }
  }

  /// Writes down that a container has come into a network, or left it.
  func tell(_ action: String, _ network: StoredNetwork, _ container: String) {
    EventLog(roots).add(network.event(action, [("container", container)]))
  }

  /// The network of a name, an ID or the beginning of one.
  public func find(_ word: String) throws -> StoredNetwork { try stored.find(word) }

  /// The leases of the containers that run in a network.
  public func users(of network: StoredNetwork) throws -> [Lease] {
    try Leases(network).all(isAlive: isAlive)
  }

  /// Removes a network that no running container is in.
  public func remove(_ word: String) throws {
    let network = try stored.remove(word, isAlive: isAlive, dispose: Self.dispose, takeDown: Self.takeDown)
    EventLog(roots).add(network.event("destroy"))
  }

  /// Removes the networks that people have made and no running container is in, and that a condition holds for.
  ///
  /// - Parameter warn: told of each that cannot be removed.
  /// - Returns: the names of the removed.
  public func prune(where condition: (StoredNetwork) -> Bool, warn: (String) -> Void) -> [String] {
    stored.made { warn("\($0)") }.filter { network in
      do {
        guard !network.isPredefined, condition(network), try users(of: network).isEmpty else { return false }
        try remove(network.name)
        return true
      } catch {
        // Somebody has joined it, or removed it, meanwhile.
        if !stored.isMissing(network.id), (try? users(of: network))?.isEmpty ?? true { warn("\(error)") }
        return false
      }
    }.map(\.name)
  }
}

extension StoredNetwork {
  /// An event of this network.
  func event(_ action: String, _ attributes: [(name: String, value: String)] = []) -> EngineEvent {
    EngineEvent(
      type: "network", action: action, actor: id,
      attributes: attributes + [(name: "name", value: name), (name: "type", value: driver.rawValue)])
  }
}

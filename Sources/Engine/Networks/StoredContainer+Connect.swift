import Glibc
import Networking
import Runtime

extension StoredContainer {
  /// Has the container in one more network; at once where it runs.
  ///
  /// - Throws: what docker says where it cannot be; then all is as before.
  public func connect(to wish: NetworkWish) throws {
    try change { container, networks in
      var wish = wish
      let network = try networks.find(wish.name)
      wish.name = network.name
      switch container.options.network.mode {
      case .host?, .container?:
        throw Failure(
          "container sharing network namespace with another container or host cannot be connected to any other "
            + "network")
      case .loopback?:
        throw Failure(
          "container cannot be connected to multiple networks with one of the networks in private (none) mode"
        )
      case .networks?, nil: break
      }
      if network.driver != .bridge {
        throw Failure("container cannot be connected to network \(network.name)", reason: "it is no bridge")
      }
      var wishes = container.options.network.networks
      if try wishes.contains(where: { try networks.find($0.name).id == network.id }) {
        throw Failure("endpoint with name \(container.name) already exists in network \(network.name)")
      }
      wishes.append(wish)
      container.options.network.mode = .networks(wishes)
      return (network, "connect")
    }
  }

  /// Has the container in one network less; at once where it runs.
  ///
  /// - Throws: what docker says where it is not in it.
  public func disconnect(from word: String) throws {
    try change { container, networks in
      let network = try networks.find(word)
      var wishes = container.options.network.networks
      guard let index = wishes.firstIndex(where: { (try? networks.find($0.name).id) == network.id }) else {
        throw Failure("container \(container.id) is not connected to network \(network.name)")
      }
      wishes.remove(at: index)
      // A namespace of its own is what is left.
      container.options.network.mode = .networks(wishes)
      return (network, "disconnect")
    }
  }

  /// - Parameter body: makes the change; returns the network that it is about, and the event's name.
  private func change(
    _ body: (inout StoredContainer, EngineNetworks) throws -> (StoredNetwork, String)
  ) throws {
    let lock = try ContainerFolder(roots, id).lock()
    defer { _ = fcntl(lock.raw, F_GETFD) }
    let before = try Self.read(id, roots)
    var container = before
    let (network, action) = try body(&container, EngineNetworks(roots))
    try container.write()
    do {
      try container.tellOfChange()
    } catch {
      try? before.write()
      // As far as it got, it is taken back.
      try? before.tellOfChange()
      throw error
    }
    // The monitor of one that runs has told it.
    if !isMonitored { EngineNetworks(roots).tell(action, network, id) }
  }
}

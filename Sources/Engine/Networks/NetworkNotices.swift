import Networking
import Runtime

extension StoredContainer {
  /// What people are to know of its networks before it is started. What the whole machine has to allow is switched on.
  public func networkNotices() throws -> [String] {
    let network = options.network
    if network.networks.isEmpty {
      if network.published.isEmpty && !network.publishesAll { return [] }
      let mode = network.mode?.word ?? "a bundle's own"
      return ["Published ports are discarded when using \(mode) network mode"]
    }
    let networks = EngineNetworks(roots)
    let usesIPv6 = network.networks.contains { (try? networks.find($0.name).usesIPv6) == true }
    return try Forwarding.ensure(ipv6: usesIPv6).map {
      "\($0) is set now, for the whole machine: networks of containers need it"
    }
  }
}

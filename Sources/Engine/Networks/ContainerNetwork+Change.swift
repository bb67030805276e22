import Glibc
import Networking
import Runtime

extension ContainerNetwork {
  /// Brings the networks of a running container in line with what is asked for now.
  ///
  /// - Throws: `Failure` for the network that it could not be connected to; the others stay.
  func change(_ container: StoredContainer, _ process: LaunchedProcess) throws {
    let wishes = try container.options.network.networks.map { ($0, try find($0)) }
    let gone = endpoints.filter { endpoint in !wishes.contains { $1.id == endpoint.network.id } }
    let new = wishes.filter { _, network in !endpoints.contains { $0.network.id == network.id } }
    try rename(to: container.name)
    if gone.isEmpty && new.isEmpty { return }
    let namespace = try NetworkNamespace(of: process.pid)
    // A bundle may have asked for the host's: a device in there, and its routes, would be the host's.
    if !new.isEmpty && !namespace.isForeign {
      throw Failure(
        "container sharing network namespace with another container or host cannot be connected to any other "
          + "network")
    }
    let names = NetworkFiles.ownNames(container.options.network, hostname: hostname, domainname: domainname)
    var hosts = HostsFile(container.folder + "/hosts", names: names)
    for endpoint in gone {
      try leave(endpoint)
      hosts.remove(endpoint.lease.addresses)
    }
    for (wish, network) in new {
      try claim(wish, network, container)
      let index = endpoints.count - 1
      do {
        try connect(at: index, namespace, .nobody)
      } catch {
        try? leave(endpoints[index])
        throw error
      }
      hosts.add(endpoints[index].lease.addresses)
    }
    try leadOut(namespace)
    try publishAgain()
    try serveNames(namespace, container, .nobody)
    try hosts.write()
    try noteAddresses(container)
    try writeResolver(container)
  }

  private func leave(_ endpoint: Endpoint) throws {
    try Networking.Endpoint.disconnect(endpoint.lease.hostDevice)
    try release(endpoint)
    if endpoint.isConnected { networks.tell("disconnect", endpoint.network, id) }
  }

  /// Others ask for it by its name as it is now.
  private func rename(to name: String) throws {
    for index in endpoints.indices where endpoints[index].lease.name != name {
      if let lease = try Leases(endpoints[index].network).update(id, { $0.name = name }) {
        endpoints[index].lease = lease
      }
    }
  }

  /// The network that led out is gone, or the first one that does is new.
  private func leadOut(_ namespace: borrowing NetworkNamespace) throws {
    for index in endpoints.indices { try Networking.Endpoint.lead(plan(at: index), out: namespace) }
  }

  /// The network that ports led into is gone: they lead into the next one that leads anywhere.
  private func publishAgain() throws {
    guard let holder, endpoints.allSatisfy(\.lease.ports.isEmpty),
      let index = endpoints.firstIndex(where: { !$0.network.isInternal }),
      let lease = try Leases(endpoints[index].network).update(
        id, { $0.ports = holder.bindings })
    else { return }
    endpoints[index].lease = lease
    try publish(lease, .nobody)
  }

  private func writeResolver(_ container: StoredContainer) throws {
    let path = container.folder + "/resolv.conf"
    // A container of a bundle may have the image's.
    guard Files.exists(path) else { return }
    let files = try NetworkFiles(
      container.options.network, hostname: "", gateway: gateway?.description ?? "0.0.0.0", hasNames: hasNames,
      host: .read())
    if try Files.read(path) != Array(files.resolver.utf8) {
      try Files.overwrite(path, Array(files.resolver.utf8))
    }
  }
}

/// A container's /etc/hosts, which it has bound: it is written in place, and what others wrote into it stays.
private struct HostsFile {
  private let path: String
  private var lines: [Substring]
  /// What stands behind the container's own addresses.
  private let names: String
  private var hasChanged = false

  init(_ path: String, names: String) {
    self.path = path
    self.names = names
    let text = (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    lines = text.split(separator: "\n")
  }

  mutating func remove(_ addresses: [IPAddress]) {
    let count = lines.count
    lines.removeAll { line in addresses.contains { line.hasPrefix("\($0)\t") } }
    hasChanged = hasChanged || lines.count != count
  }

  mutating func add(_ addresses: [IPAddress]) {
    lines += addresses.map { "\($0)\t\(names)" }
    hasChanged = hasChanged || !addresses.isEmpty
  }

  func write() throws {
    // A container of a bundle may have the image's.
    if !hasChanged || !Files.exists(path) { return }
    try Files.overwrite(path, Array((lines.joined(separator: "\n") + "\n").utf8))
  }
}

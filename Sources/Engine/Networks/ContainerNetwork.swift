import Glibc
import Networking
import Runtime

/// What a running container has of the networks it is in. Its monitor holds it, over restarts.
///
/// Addresses and ports are claimed before a launch, and kept until the container has ended for good; devices, the
/// name server and what the packet filter has of it are made for each launch, once its namespace is there.
final class ContainerNetwork {
  /// A network that it is in.
  struct Endpoint {
    let network: StoredNetwork
    let wish: NetworkWish
    var lease: Lease
    /// The device's name in the container.
    let device: String
    /// Whether the devices are there.
    var isConnected = false
  }

  let id: String
  let networks: EngineNetworks
  var endpoints: [Endpoint] = []
  var holder: PortHolder?
  /// What it calls itself since its last launch.
  var hostname = ""
  var domainname: String?
  private(set) var names: NameServer?
  /// They hand on what comes by IPv6, where the packet filter cannot lead it.
  private var relays: [any LoopService] = []
  private let internals: InternalNetworks
  /// The packet filter, and what was asked of it in the container's namespace. Both are kept: to close a socket that has
  /// changed something waits until the kernel has thrown away what there was before, some milliseconds.
  private var keptFilter: PacketFilter?
  private var redirection: NetlinkSocket?
  /// Whether a launch has been made with these leases.
  private var wasConnected = false

  init(_ id: String, _ roots: EngineRoots) {
    self.id = id
    networks = EngineNetworks(roots)
    internals = InternalNetworks(networks.stored)
  }

  /// Its addresses, those of its first network first.
  var addresses: [IPAddress] { endpoints.flatMap(\.lease.addresses) }

  /// The host as the container sees it.
  var gateway: IPAddress? { endpoints.first?.network.ip4?.gateway }

  /// Whether it asks a server of ours for names: the usual network has none.
  var hasNames: Bool { endpoints.contains { !$0.network.isUsual } }

  /// What works in the monitor's loop as long as the container runs.
  var services: [any LoopService] { (names.map { [$0] } ?? []) + relays }
}

// MARK: Before a launch

extension ContainerNetwork {
  /// Claims what the container is to have. What it has already it keeps.
  ///
  /// - Throws: `Failure`, or what docker says; then it has nothing.
  func claim(_ container: StoredContainer) throws {
    do {
      let wishes = try container.options.network.networks.map { ($0, try find($0)) }
      for endpoint in endpoints where !wishes.contains(where: { $1.id == endpoint.network.id }) {
        try release(endpoint)
      }
      if holder == nil, !wishes.isEmpty {
        let requests = container.portRequests
        if !requests.isEmpty {
          holder = try PortHolder.claim(requests)
        }
      }
      for (wish, network) in wishes where !endpoints.contains(where: { $0.network.id == network.id }) {
        try claim(wish, network, container)
      }
      try takeNewDevices(container)
    } catch {
      finish()
      throw error
    }
  }

  func find(_ wish: NetworkWish) throws -> StoredNetwork {
    wish.isUsual ? try networks.usual() : try networks.find(wish.name)
  }

  func claim(_ wish: NetworkWish, _ network: StoredNetwork, _ container: StoredContainer) throws {
    var request = LeaseRequest(container: id, name: container.name)
    request.hostname = container.options.hostname
    request.aliases = wish.aliases
    request.ip4 = wish.ip4
    request.ip6 = wish.ip6
    request.hardwareAddress = wish.mac
    let former = FormerAddresses.read(container.folder).entries.first { $0.network == network.id }
    (request.former4, request.former6) = (former?.ip4, former?.ip6)
    // An internal network leads nowhere, and nowhere leads into it.
    if !network.isInternal, !endpoints.contains(where: { !$0.lease.ports.isEmpty }) {
      request.ports = holder?.bindings ?? []
    }
    let lease = try Leases(network).claim(
      for: request, isAlive: networks.isAlive, dispose: EngineNetworks.dispose)
    add(network, wish, lease)
  }

  func add(_ network: StoredNetwork, _ wish: NetworkWish, _ lease: Lease) {
    endpoints.append(Endpoint(network: network, wish: wish, lease: lease, device: freeDevice()))
  }

  private func freeDevice() -> String {
    var number = 0
    while endpoints.contains(where: { $0.device == "eth\(number)" }) { number += 1 }
    return "eth\(number)"
  }

  /// The devices of the launch before go with its namespace, which the kernel takes its time for, and longer where
  /// somebody else is in it.
  private func takeNewDevices(_ container: StoredContainer) throws {
    let former = FormerAddresses.read(container.folder)
    for entry in former.entries where if_nametoindex(entry.device) != 0 {
      try Networking.Endpoint.disconnect(entry.device)
    }
    if wasConnected {
      for index in endpoints.indices {
        let device = LeaseRequest.randomDevice()
        if let lease = try Leases(endpoints[index].network).update(id, { $0.hostDevice = device }) {
          endpoints[index].lease = lease
        }
      }
    }
    try noteAddresses(container)
  }

  func noteAddresses(_ container: StoredContainer) throws {
    if endpoints.isEmpty { return }
    try FormerAddresses(entries: endpoints.map { FormerAddresses.Entry($0.lease, in: $0.network) })
      .write(container.folder)
  }
}

// MARK: A launch

extension ContainerNetwork {
  /// The steps of a launch that connect the container.
  func steps(_ container: StoredContainer) -> OutsideSteps {
    var steps = OutsideSteps()
    if endpoints.isEmpty { return steps }
    let hasRules = (try? filter().isCurrent()) ?? false
    for (index, endpoint) in endpoints.enumerated() {
      steps.add(Self.hostStep(endpoint.network, hasRules: hasRules)) { [self] _, listener in
        try networks.setUp(endpoint.network, filter(listener), telling: listener)
      }
      steps.add(Self.connectionStep(endpoint, plan(at: index))) { [self] process, listener in
        try Networking.Endpoint.connect(
          plan(at: index), to: NetworkNamespace(of: process.pid, telling: listener), telling: listener)
        noteConnection(at: index)
      }
      if endpoint.lease.ports.isEmpty { continue }
      steps.add(Self.portStep(endpoint.lease)) { [self] _, listener in
        try publish(endpoint.lease, listener)
      }
    }
    if hasNames {
      steps.add(Self.nameStep) { [self] process, listener in
        try serveNames(NetworkNamespace(of: process.pid, telling: listener), container, listener)
      }
    }
    return steps
  }

  func connect(
    at index: Int, _ namespace: borrowing NetworkNamespace, _ listener: KernelCallListener
  ) throws {
    try networks.setUp(endpoints[index].network, filter(listener), telling: listener)
    try Networking.Endpoint.connect(plan(at: index), to: namespace, telling: listener)
    noteConnection(at: index)
    try publish(endpoints[index].lease, listener)
  }

  private func filter(_ listener: KernelCallListener = .nobody) throws -> PacketFilter {
    let filter = try keptFilter ?? PacketFilter()
    keptFilter = filter
    filter.tell(listener)
    return filter
  }

  private func noteConnection(at index: Int) {
    wasConnected = true
    endpoints[index].isConnected = true
    networks.tell("connect", endpoints[index].network, id)
  }

  func publish(_ lease: Lease, _ listener: KernelCallListener) throws {
    if lease.ports.isEmpty { return }
    try filter(listener).publish(lease.mappings)
    stopRelays()
    guard let holder else { return }
    // What they hand on comes from the host, and the packet filter would let it through.
    let refusing = { [internals] peer in internals.contains(peer) }
    if let relay = try PortRelay(holder, to: lease.addresses, refusing: refusing) { relays.append(relay) }
    if let relay = try DatagramRelay(holder, to: lease.addresses, refusing: refusing) { relays.append(relay) }
  }

  /// Default routes lead through the first network that leads anywhere, for each kind of address.
  func plan(at index: Int) -> EndpointPlan {
    let endpoint = endpoints[index]
    func leads(isV6: Bool) -> Bool {
      endpoints.firstIndex { endpoint in
        !endpoint.network.isInternal && endpoint.lease.addresses.contains { $0.isV6 == isV6 }
      } == index
    }
    let addresses = endpoint.lease.addresses
    let pools = endpoint.network.subnets.filter { pool in addresses.contains { pool.subnet.contains($0) } }
    return EndpointPlan(
      hostName: endpoint.lease.hostDevice, bridge: endpoint.network.bridgeName, insideName: endpoint.device,
      hardwareAddress: endpoint.lease.hardwareAddress,
      addresses: pools.compactMap { pool in
        addresses.first { pool.subnet.contains($0) }.map { InterfaceAddress($0, prefix: pool.subnet.prefix) }
      },
      gateways: pools.map(\.gateway).filter { leads(isV6: $0.isV6) },
      mtu: endpoint.network.mtu.map { UInt32($0) })
  }

  func serveNames(
    _ namespace: borrowing NetworkNamespace, _ container: StoredContainer, _ listener: KernelCallListener
  ) throws {
    // Where it is served already, it is by a server that knows other networks: the new one takes its place.
    guard hasNames else {
      if names != nil {
        names = nil
        try namespace.visit { try NameRedirect.remove(in: NetlinkSocket(.netfilter)) }
        redirection = nil
      }
      return
    }
    var upstream = Upstream(resolvConf: NetworkFiles.Host.read().resolver)
    let said = container.options.network.dns.compactMap { IPAddress($0) }
    if !said.isEmpty { upstream.servers = said }
    let known = LeasedNames(endpoints.map(\.network), isAlive: networks.isAlive)
    let server = try NameServer(in: namespace, upstream: upstream, telling: listener) { known.current() }
    let socket = try namespace.visit(telling: listener) {
      try NetlinkSocket(.netfilter, telling: listener)
    }
    try NameRedirect.install(in: socket, to: server.port)
    redirection = socket
    names = server
  }
}

// MARK: After a launch

extension ContainerNetwork {
  /// The payload has ended. What was claimed is kept for the next launch.
  func disconnect() {
    // Where the kernel refuses, the connection goes with its namespace all the same, only later.
    let connected = endpoints.filter(\.isConnected).map(\.lease.hostDevice)
    if !connected.isEmpty { try? Networking.Endpoint.silence(connected) }
    for index in endpoints.indices where endpoints[index].isConnected {
      endpoints[index].isConnected = false
      networks.tell("disconnect", endpoints[index].network, id)
    }
    // Its sockets would keep the namespace.
    names = nil
    redirection = nil
    stopRelays()
  }

  private func stopRelays() {
    relays = []
    holder?.silence()
  }

  /// The container has ended for good: what was claimed is given back, so that others may have it at once.
  func finish() {
    disconnect()
    for endpoint in endpoints { try? release(endpoint) }
    endpoints = []
    holder = nil
    wasConnected = false
  }

  func release(_ endpoint: Endpoint) throws {
    endpoints.removeAll { $0.network.id == endpoint.network.id }
    // They would lead to whoever gets its address next.
    if !endpoint.lease.ports.isEmpty { stopRelays() }
    try Leases(endpoint.network).release(id) { lease in
      if !lease.ports.isEmpty { try filter().unpublish(lease.mappings) }
    }
  }
}

import Runtime

extension LeaseTable {
  /// Chooses addresses for a container, and names for its devices.
  ///
  /// Throws a failure of the kind `alreadyExists` where others have what it wants, be they alive or dead.
  func choose(for request: LeaseRequest, in network: StoredNetwork) throws -> Lease {
    var taken: Set<IPAddress> = []
    taken.reserveCapacity(containers.count)
    for (_, text) in try values("ip4", of: { $0.ip4?.description })
      + values("ip6", of: { $0.ip6?.description })
    {
      if let address = IPAddress(text) { taken.insert(address) }
    }
    func choose(_ pool: NetworkSubnet?, _ wanted: IPAddress?, _ former: IPAddress?) throws(Failure)
      -> IPAddress?
    {
      try AddressChoice(network: network, pool: pool, taken: taken).choose(wanted, former)
    }
    let address4 = try choose(network.ip4, request.ip4.map { .v4($0) }, request.former4.map { .v4($0) })
    let address6 = try choose(network.ip6, request.ip6.map { .v6($0) }, request.former6.map { .v6($0) })
    var lease = Lease(
      container: request.container, name: request.name,
      hardwareAddress: try hardwareAddress(request, address4, network),
      hostDevice: try hostDevice())
    if case .v4(let address)? = address4 { lease.ip4 = address }
    if case .v6(let address)? = address6 { lease.ip6 = address }
    lease.hostname = request.hostname
    lease.aliases = request.aliases
    lease.ports = request.ports
    return lease
  }

  private func hardwareAddress(
    _ request: LeaseRequest, _ address: IPAddress?, _ network: StoredNetwork
  ) throws -> HardwareAddress {
    let others = try values("mac", of: { $0.hardwareAddress.description })
    func isTaken(_ address: HardwareAddress) -> Bool {
      let text = address.description
      return others.contains { $0.text == text }
    }
    if let wanted = request.hardwareAddress {
      if isTaken(wanted) {
        throw Failure("mac-address \(wanted) on network \(network.name)", reason: "Address already in use")
          .of(.alreadyExists)
      }
      return wanted
    }
    guard case .v4(let address)? = address else {
      throw Failure("network \(network.name)", reason: "it has no subnet of IPv4")
    }
    var found = HardwareAddress(for: address)
    // Somebody has asked for what goes with this address.
    while isTaken(found) {
      found = HardwareAddress(for: IPv4Address(number: .random(in: 0...(.max))))
    }
    return found
  }

  /// Nobody else's, not even of the launch before: its device may still be there.
  private func hostDevice() throws -> String {
    let taken = Set(try values("device", of: { $0.hostDevice }).map(\.text))
    while true {
      let name = LeaseRequest.randomDevice()
      if !taken.contains(name) { return name }
    }
  }
}

/// How an address is chosen from those of a network.
struct AddressChoice {
  let network: StoredNetwork
  let pool: NetworkSubnet?
  let taken: Set<IPAddress>

  /// - Parameters:
  ///   - wanted: the only one that will do.
  ///   - former: the one that is taken where nobody has it.
  /// - Returns: nil where the network has none of that kind, and none is wanted.
  func choose(_ wanted: IPAddress?, _ former: IPAddress?) throws(Failure) -> IPAddress? {
    if let wanted {
      guard let pool, pool.subnet.contains(wanted) else {
        throw Failure(
          "invalid config for network \(network.name)",
          reason: "no configured subnet contains IP address \(wanted)",
          hint: network.subnets.map(\.subnet.description).joined(separator: ", "))
      }
      if pool.isReserved(wanted) {
        throw Failure("address \(wanted) on network \(network.name)", reason: "Address already in use")
      }
      if taken.contains(wanted) {
        throw Failure("address \(wanted) on network \(network.name)", reason: "Address already in use")
          .of(.alreadyExists)
      }
      return wanted
    }
    guard let pool else { return nil }
    let range = pool.range ?? pool.subnet
    if let former, range.contains(former), !pool.isReserved(former), !taken.contains(former) { return former }
    var offset: UInt64 = 0
    while let address = range.address(at: offset) {
      if !pool.isReserved(address), !taken.contains(address) { return address }
      offset += 1
    }
    throw Failure(
      "network \(network.name)",
      reason: "no available \(pool.subnet.isV6 ? "IPv6" : "IPv4") addresses in \(range)"
    ).of(.alreadyExists)
  }
}

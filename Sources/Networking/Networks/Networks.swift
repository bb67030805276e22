import Glibc
import Runtime

/// The networks of this machine: `networks/NAME` each.
public struct Networks: Sendable {
  /// `networks` below the data root; absolute.
  public let folder: String
  /// The subnets that the host's routes lead to.
  let hostSubnets: @Sendable () throws -> [Subnet]
  /// Chooses a subnet that overlaps none of those given.
  let choose: @Sendable ([Subnet]) throws -> Subnet

  public init(
    folder: String, hostSubnets: @escaping @Sendable () throws -> [Subnet],
    choose: @escaping @Sendable ([Subnet]) throws -> Subnet
  ) {
    self.folder = folder
    self.hostSubnets = hostSubnets
    self.choose = choose
  }

  func folder(of name: String) -> String { folder + "/" + name }

  private static let predefined = [StoredNetwork.usualName, "host", "none"]

  /// Whether a name is that of a network that is there on every machine; `default` is another word for one.
  public static func isPredefined(_ name: String) -> Bool { name == "default" || predefined.contains(name) }

  /// Whether a text has the form of a name.
  public static func isName(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    return (1...200).contains(text.utf8.count) && text.utf8.first.map(isPlain) == true
      && text.utf8.allSatisfy {
        isPlain($0) || [UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-")].contains($0)
      }
  }

  /// Makes a network.
  ///
  /// Throws where there is one of that name, or where its addresses are another's.
  public func create(_ request: NetworkRequest) throws -> StoredNetwork {
    try request.check()
    let asked = try request.pools()
    return try lock {
      if Files.exists(folder(of: request.name)) {
        throw Failure("network with name \(request.name) already exists").of(.alreadyExists)
      }
      let id = RandomID.make()
      let others = made()
      try checkBridge(request, others)
      let taken = others.flatMap { other in other.subnets.map { (network: other.name, subnet: $0.subnet) } }
      try check(asked.map(\.subnet), taken)
      var pools = asked
      if !pools.contains(where: { !$0.subnet.isV6 }) {
        let subnet = try choose(taken.map(\.subnet) + hosts())
        pools.insert(NetworkSubnet(subnet, gateway: NetworkRequest.usualGateway(of: subnet)), at: 0)
      }
      if request.usesIPv6, !pools.contains(where: \.subnet.isV6), let subnet = Self.localSubnet(of: id) {
        pools.append(NetworkSubnet(subnet, gateway: NetworkRequest.usualGateway(of: subnet)))
      }
      return try make(
        StoredNetwork(
          name: request.name, id: id, created: Clock.now(), driver: .bridge, subnets: pools,
          isInternal: request.isInternal, usesIPv6: request.usesIPv6, labels: request.labels,
          options: request.options,
          bridgeName: request.options[BridgeOptions.name] ?? Self.bridgeName(of: id),
          folder: folder(of: request.name)))
    }
  }

  /// The network that a container is in where none is said; made when it is first asked for.
  ///
  /// - Parameters:
  ///   - isForeseen: it is only to be told how it would be.
  ///   - made: told of it when it is made.
  public func usual(isForeseen: Bool = false, made: (StoredNetwork) -> Void = { _ in }) throws
    -> StoredNetwork
  {
    let name = StoredNetwork.usualName
    if Files.exists(folder(of: name)) { return try StoredNetwork.read(name, folder(of: name)) }
    if isForeseen { return try foreseenUsual() }
    return try lock {
      if Files.exists(folder(of: name)) { return try StoredNetwork.read(name, folder(of: name)) }
      let network = try make(foreseenUsual())
      made(network)
      return network
    }
  }

  private func foreseenUsual() throws -> StoredNetwork {
    let subnet = try choose(made().flatMap { $0.subnets.map(\.subnet) } + hosts())
    return predefined(
      StoredNetwork.usualName, created: Clock.now(),
      subnets: [NetworkSubnet(subnet, gateway: NetworkRequest.usualGateway(of: subnet))])
  }

  /// Puts a network in place whole: no one else finds half of one.
  private func make(_ network: StoredNetwork) throws -> StoredNetwork {
    // A point is at no name's beginning.
    let draft = folder + "/.new-" + network.name
    do {
      try Files.makeFolders(draft, mode: 0o710)
      try network.write(to: draft)
      if rename(draft, network.folder) != 0 { throw Failure("make network", network.folder, errno: errno) }
    } catch {
      ScratchFolder.remove(draft)
      throw error
    }
    return network
  }

  /// A network that is there on every machine. Its ID is the same before and after it is made.
  func predefined(_ name: String, created: String = "", subnets: [NetworkSubnet] = []) -> StoredNetwork {
    let driver: NetworkDriver = name == "host" ? .host : name == "none" ? .null : .bridge
    let id = DerivedID.of(folder, name)
    // Another data root is another machine, as it were, and shares no device with this one.
    let isMain = folder == "/var/lib/swiftainer/networks"
    return StoredNetwork(
      name: name, id: id, created: created, driver: driver, subnets: subnets, isInternal: false,
      usesIPv6: false,
      labels: [:], options: [:],
      bridgeName: driver == .bridge ? isMain ? "swiftainer0" : Self.bridgeName(of: id) : "",
      folder: folder(of: name))
  }

  private static func bridgeName(of id: String) -> String { "swbr" + id.prefix(8) }

  /// A subnet of IPv6 that is nobody else's. Source: RFC 4193, 3.2.
  private static func localSubnet(of id: String) -> Subnet? {
    UInt64(id.suffix(10), radix: 16).flatMap { number in
      Subnet(of: .v6(IPv6Address(upper: 0xFD << 56 | number << 16, lower: 0)), prefix: 64)
    }
  }

  private func check(_ asked: [Subnet], _ taken: [(network: String, subnet: Subnet)]) throws {
    for subnet in asked {
      if let other = taken.first(where: { $0.subnet.overlaps(subnet) }) {
        throw Failure(
          "--subnet", "\(subnet)", reason: "Pool overlaps with other one on this address space",
          hint: "\(other.subnet) of network \(other.network)")
      }
    }
    if asked.isEmpty { return }
    let hosts = try hosts()
    for subnet in asked {
      if let other = hosts.first(where: { $0.overlaps(subnet) }) {
        throw Failure("--subnet", "\(subnet)", reason: "the host has a route to \(other) already")
      }
    }
  }

  /// What leads everywhere leads nowhere in particular.
  private func hosts() throws -> [Subnet] { try hostSubnets().filter { $0.prefix > 0 } }

  private func checkBridge(_ request: NetworkRequest, _ others: [StoredNetwork]) throws {
    guard let name = request.options[BridgeOptions.name] else { return }
    // Those that are there on every machine may have to be made yet.
    let all = others + [predefined(StoredNetwork.usualName)]
    if let other = all.first(where: { $0.bridgeName == name }) {
      throw Failure(
        "cannot create network \(request.name)",
        reason: "conflicts with network \(other.name): networks have same bridge name", hint: name)
    }
    // It would go with the network.
    if if_nametoindex(name) != 0 {
      throw Failure(
        "--opt", "\(BridgeOptions.name)=\(name)", reason: "there is a device of that name already")
    }
  }

  /// What is left of networks whose making or removal was cut short: with the lock held, nobody is at it.
  public func cutShort() throws -> [String] {
    if !Files.exists(folder) { return [] }
    return try FolderLock.hold(folder) { _ in
      Files.names(in: folder).filter { $0.hasPrefix(".") }.map { folder + "/" + $0 }
    }
  }

  /// Removes that: whoever takes the lock does.
  public func removeCutShort() throws { try lock {} }

  /// Keeps all others from making or removing networks until a function has ended.
  func lock<Result>(_ body: () throws -> Result) throws -> Result {
    try Files.makeFolders(folder, mode: 0o710)
    return try FolderLock.hold(folder) { _ in
      // Of those who were killed: with the lock held, nobody else is at it.
      for name in Files.names(in: folder) where name.hasPrefix(".") {
        ScratchFolder.remove(folder + "/" + name)
      }
      return try body()
    }
  }
}

extension Failure {
  /// The same failure of another kind.
  func of(_ kind: Kind) -> Failure {
    var failure = self
    failure.kind = kind
    return failure
  }
}

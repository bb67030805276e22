import Runtime

/// A subnet that the host reaches, and through which device.
public struct HostRoute: Hashable, Sendable {
  public let subnet: Subnet
  /// The device's number; nil where packets go nowhere, or several ways.
  public let device: Int32?
}

/// Where the host's packets go.
public enum Routes {
  /// The destinations of all routes and the subnets of all addresses, without default routes and what stands for
  /// them: people split them into halves or smaller parts (0.0.0.0/1, 2000::/3), and no network could be made.
  ///
  /// - Throws: `Failure` naming the request.
  public static func all(telling listener: KernelCallListener = .nobody) throws -> [HostRoute] {
    try all(try NetlinkSocket(telling: listener))
  }

  /// The subnets that a new network must not overlap.
  ///
  /// - Throws: `Failure` naming the request.
  public static func subnets(telling listener: KernelCallListener = .nobody) throws -> [Subnet] {
    var seen: Set<Subnet> = []
    return try all(telling: listener).map(\.subnet).filter { seen.insert($0).inserted }
  }

  static func all(_ channel: any NetlinkChannel) throws -> [HostRoute] {
    let conversation = LinkConversation(channel, about: "")
    let routes = try conversation.ask(.listRoutes()).compactMap(RouteEntry.init).filter { !$0.isLocal }
      .map { HostRoute(subnet: $0.destination, device: $0.device) }
    let addresses = try conversation.ask(.listAddresses(of: 0)).compactMap(NetlinkAddress.init)
      .compactMap { address -> HostRoute? in
        guard let own = address.interface, let subnet = Subnet(of: own.address, prefix: own.prefix) else {
          return nil
        }
        return HostRoute(subnet: subnet, device: address.index)
      }
    var seen: Set<HostRoute> = []
    return (routes + addresses).filter { $0.subnet.prefix >= shortestPrefix && seen.insert($0).inserted }
  }

  /// What is larger stands for everything. The largest that is anybody's own is 10.0.0.0/8.
  private static let shortestPrefix = 8
}

/// A route as rtnetlink tells of it.
struct RouteEntry: Equatable {
  let destination: Subnet
  let table: UInt32
  let device: Int32?
  let isAdvertised: Bool

  /// One that the kernel has for its own addresses.
  var isLocal: Bool { table == Netlink.Route.localTable }

  init?(_ message: NetlinkMessage) {
    guard message.type == Netlink.newRoute, message.payload.count >= Netlink.Route.structSize else {
      return nil
    }
    let fixed = message.payload
    let attributes = message.attributes(behind: Netlink.Route.structSize)
    func attribute(_ type: UInt16) -> NetlinkAttribute? { attributes.first { $0.type == type } }
    // Without the attribute, it leads everywhere.
    let bytes =
      attribute(Netlink.Route.destination)?.value
      ?? [UInt8](repeating: 0, count: fixed[0] == Netlink.ipv6 ? 16 : 4)
    guard fixed[0] == Netlink.ipv4 || fixed[0] == Netlink.ipv6, let base = IPAddress(bytes: bytes),
      let destination = Subnet(of: base, prefix: Int(fixed[1]))
    else { return nil }
    self.destination = destination
    // The structure has room for 256 tables only.
    table = attribute(Netlink.Route.table)?.number ?? UInt32(fixed[4])
    device = attribute(Netlink.Route.device)?.number.map { Int32(bitPattern: $0) }
    isAdvertised = fixed[5] == Netlink.Route.advertised
  }
}

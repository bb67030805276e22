import Runtime

/// What is asked of a network that is to be made. Words are Docker's where it has some.
public struct NetworkRequest: Equatable, Sendable {
  public var name: String
  /// `--subnet`, `--gateway` and `--ip-range`, as they were typed.
  public var subnets: [String] = []
  public var gateways: [String] = []
  public var ranges: [String] = []
  public var isInternal = false
  public var usesIPv6 = false
  public var labels: [String: String] = [:]
  public var options: [String: String] = [:]

  public init(name: String) { self.name = name }

  /// Checks all that can be checked without a look at other networks.
  func check() throws(Failure) {
    if Networks.isPredefined(name) {
      throw Failure("operation is not permitted on predefined \(name) network")
    }
    if !Networks.isName(name) {
      throw Failure(
        "invalid network name", "\"\(name)\"",
        reason: "only \"[a-zA-Z0-9][a-zA-Z0-9_.-]*\" of at most 200 letters is allowed")
    }
    try BridgeOptions.check(options, usesIPv6: usesIPv6)
  }

  /// The subnets that were asked for, each with its gateway and its range.
  func pools() throws(Failure) -> [NetworkSubnet] {
    if subnets.count < gateways.count || subnets.count < ranges.count {
      throw Failure("every ip-range or gateway must have a corresponding subnet")
    }
    var found: [NetworkSubnet] = []
    for text in subnets {
      let subnet = try subnet(text)
      if found.contains(where: { $0.subnet.isV6 == subnet.isV6 }) {
        throw Failure("--subnet", text, reason: "bridge driver doesn't support multiple subnets")
      }
      let range = try range(in: subnet)
      let gateway = try gateway(in: subnet) ?? Self.usualGateway(of: subnet)
      found.append(NetworkSubnet(subnet, gateway: gateway, range: range))
    }
    for text in gateways {
      guard let address = IPAddress(text) else {
        throw Failure("--gateway", text, reason: "not an IP address")
      }
      if !found.contains(where: { $0.subnet.contains(address) }) {
        throw Failure("no matching subnet for gateway \(text)")
      }
    }
    for text in ranges {
      guard let range = Subnet(text) else { throw Failure("--ip-range", text, reason: "not ADDRESS/BITS") }
      if !found.contains(where: { $0.subnet.contains(range) }) {
        throw Failure("no matching subnet for range \(text)")
      }
    }
    return found
  }

  private func subnet(_ text: String) throws(Failure) -> Subnet {
    func refuse(_ reason: String, hint: String? = nil) -> Failure {
      Failure("--subnet", text, reason: reason, hint: hint)
    }
    guard let subnet = Subnet(text) else { throw refuse("not ADDRESS/BITS", hint: "as in 10.10.0.0/24") }
    guard text.split(separator: "/").first.flatMap({ IPAddress($0) }) == subnet.base else {
      throw refuse("it should be \(subnet)")
    }
    if subnet.isV6 && !usesIPv6 { throw refuse("it is one of IPv6", hint: "give --ipv6 as well") }
    if subnet.prefix > (subnet.isV6 ? 126 : 30) { throw refuse("too small for a gateway and a container") }
    if let reserved = ReservedSubnet.overlapping(subnet) {
      throw refuse("\(reserved.subnet) is reserved for \(reserved.purpose)")
    }
    return subnet
  }

  private func range(in subnet: Subnet) throws(Failure) -> Subnet? {
    let texts = ranges.filter { text in Subnet(text).map { subnet.contains($0) } ?? false }
    if texts.count > 1 {
      throw Failure(
        "--ip-range", texts[1], reason: "cannot configure multiple ranges on the same subnet (\(subnet))")
    }
    return texts.first.flatMap { Subnet($0) }
  }

  private func gateway(in subnet: Subnet) throws(Failure) -> IPAddress? {
    let texts = gateways.filter { text in IPAddress(text).map { subnet.contains($0) } ?? false }
    if texts.count > 1 {
      throw Failure(
        "--gateway", texts[1], reason: "cannot configure multiple gateways for the same subnet (\(subnet))")
    }
    guard let text = texts.first, let address = IPAddress(text) else { return nil }
    if address == subnet.base || !subnet.isV6 && address == subnet.last {
      throw Failure("--gateway", text, reason: "no address of one device")
    }
    return address
  }

  /// The first address but the network's own.
  static func usualGateway(of subnet: Subnet) -> IPAddress { subnet.address(at: 1) ?? subnet.base }
}

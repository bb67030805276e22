import Runtime

/// Subnets for networks that were made without any.
public enum FreeSubnet {
  /// 172.17.0.0/16 to 172.31.0.0/16, then the sixteen of 192.168.0.0/16 with 20 bits: the usual ones.
  public static let candidates: [Subnet] =
    (17...31).compactMap { Subnet("172.\($0).0.0/16") }
    + (0..<16).compactMap { Subnet("192.168.\($0 * 16).0/20") }

  /// The first candidate that overlaps none of those given.
  ///
  /// - Throws: `Failure` where all are taken.
  public static func find(besides taken: [Subnet]) throws -> Subnet {
    guard let free = candidates.first(where: { one in !taken.contains { $0.overlaps(one) } }) else {
      throw Failure(
        "find a free subnet", reason: "all of the usual ones overlap a route or a network of this machine",
        hint: "give one with --subnet")
    }
    return free
  }

  /// A subnet of IPv6 that nobody else is likely to have: fd, 40 random bits, 64 bits long. Source: RFC 4193.
  public static func findIPv6(besides taken: [Subnet]) throws -> Subnet {
    var random = SystemRandomNumberGenerator()
    return try findIPv6(besides: taken, using: &random)
  }

  static func findIPv6(besides taken: [Subnet], using random: inout some RandomNumberGenerator) throws
    -> Subnet
  {
    for _ in 0..<64 {
      let number = UInt64.random(in: 0..<(1 << 40), using: &random)
      let base = IPv6Address(upper: 0xfd << 56 | number << 16, lower: 0)
      if let subnet = Subnet(of: .v6(base), prefix: 64), !taken.contains(where: { $0.overlaps(subnet) }) {
        return subnet
      }
    }
    throw Failure(
      "find a free subnet of IPv6", reason: "routes of this machine cover fd00::/8",
      hint: "give one with --subnet")
  }
}

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
}

/// A subnet that no network can have, whatever the host's routes are.
public struct ReservedSubnet: Hashable, Sendable {
  public let subnet: Subnet
  /// What it is for, as in `is reserved for …`.
  public let purpose: String

  /// Source: the IANA registries of special-purpose addresses, of IPv4 and IPv6.
  public static let all: [ReservedSubnet] = [
    ("0.0.0.0/8", "this host"), ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local addresses"),
    ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "later use"), ("::/127", "this host"),
    ("::ffff:0:0/96", "addresses of IPv4"), ("fe80::/10", "link-local addresses"), ("ff00::/8", "multicast"),
  ].compactMap { text, purpose in Subnet(text).map { ReservedSubnet(subnet: $0, purpose: purpose) } }

  /// The one that a subnet overlaps; nil for one that a network can have.
  public static func overlapping(_ subnet: Subnet) -> ReservedSubnet? {
    all.first { $0.subnet.overlaps(subnet) }
  }
}

/// An address of either kind, as people type it.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
  case v4(IPv4Address)
  case v6(IPv6Address)

  public init?(_ text: some StringProtocol) {
    if let address = IPv4Address(text) {
      self = .v4(address)
    } else if let address = IPv6Address(text) {
      self = .v6(address)
    } else {
      return nil
    }
  }

  /// - Parameter bytes: four or sixteen, as they travel.
  public init?(bytes: some Collection<UInt8>) {
    if let address = IPv4Address(bytes: bytes) {
      self = .v4(address)
    } else if let address = IPv6Address(bytes: bytes) {
      self = .v6(address)
    } else {
      return nil
    }
  }

  public var isV6: Bool { if case .v6 = self { true } else { false } }

  /// As they travel.
  public var bytes: [UInt8] {
    switch self {
    case .v4(let address): address.bytes
    case .v6(let address): address.bytes
    }
  }

  public var isLoopback: Bool {
    switch self {
    case .v4(let address): address.isLoopback
    case .v6(let address): address.isLoopback
    }
  }

  /// 0.0.0.0 or `::`.
  public var isAny: Bool { self == .v4(.any) || self == .v6(.any) }

  public var description: String {
    switch self {
    case .v4(let address): address.description
    case .v6(let address): address.description
    }
  }
}

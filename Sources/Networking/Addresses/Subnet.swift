/// The addresses that begin with the same bits: 10.88.0.0/16, fd00:1::/64.
public struct Subnet: Hashable, Sendable, CustomStringConvertible {
  /// Its first address: the bits behind the prefix are zero.
  public let base: IPAddress
  /// How many bits its addresses share.
  public let prefix: Int

  /// The subnet of an address.
  ///
  /// - Parameter prefix: 0 to 32 or 128; nil otherwise.
  public init?(of address: IPAddress, prefix: Int) {
    guard prefix >= 0, prefix <= address.bytes.count * 8 else { return nil }
    self.prefix = prefix
    switch address {
    case .v4(let address): base = .v4(IPv4Address(number: address.number & Self.mask(prefix)))
    case .v6(let address):
      base = .v6(
        IPv6Address(
          upper: address.upper & Self.mask(prefix), lower: address.lower & Self.mask(prefix - 64)))
    }
  }

  /// `ADDRESS/BITS`. Any address of the subnet does.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), (1...3).contains(parts[1].utf8.count),
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let prefix = Int(parts[1])
    else { return nil }
    self.init(of: address, prefix: prefix)
  }

  public var isV6: Bool { base.isV6 }

  public func contains(_ address: IPAddress) -> Bool {
    address.isV6 == isV6 && Subnet(of: address, prefix: prefix)?.base == base
  }

  public func contains(_ other: Subnet) -> Bool { other.prefix >= prefix && contains(other.base) }

  public func overlaps(_ other: Subnet) -> Bool { contains(other) || other.contains(self) }

  /// The address so many behind the first one; nil outside of the subnet.
  public func address(at offset: UInt64) -> IPAddress? {
    switch base {
    case .v4(let address):
      guard let offset = UInt32(exactly: offset) else { return nil }
      let (number, isOver) = address.number.addingReportingOverflow(offset)
      let found = IPAddress.v4(IPv4Address(number: number))
      return !isOver && contains(found) ? found : nil
    case .v6(let address):
      let (lower, isOver) = address.lower.addingReportingOverflow(offset)
      let (upper, isOutside) = address.upper.addingReportingOverflow(isOver ? 1 : 0)
      let found = IPAddress.v6(IPv6Address(upper: upper, lower: lower))
      return !isOutside && contains(found) ? found : nil
    }
  }

  /// Its last address, which in IPv4 is the one for all of the subnet.
  public var last: IPAddress {
    switch base {
    case .v4(let address): .v4(IPv4Address(number: address.number | ~Self.mask(prefix) as UInt32))
    case .v6(let address):
      .v6(
        IPv6Address(
          upper: address.upper | ~Self.mask(prefix), lower: address.lower | ~Self.mask(prefix - 64)))
    }
  }

  public var description: String { "\(base)/\(prefix)" }

  /// A number whose first bits, so many, are ones.
  private static func mask<Number: FixedWidthInteger>(_ bits: Int) -> Number {
    if bits <= 0 { return 0 }
    return bits >= Number.bitWidth ? ~0 : ~0 << Number(Number.bitWidth - bits)
  }
}

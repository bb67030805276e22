/// An address of a network device, with the size of the subnet that is reached through it: 172.17.0.1/16.
public struct InterfaceAddress: Hashable, Sendable, CustomStringConvertible {
  public let address: IPAddress
  /// How many bits the subnet's addresses share.
  public let prefix: Int

  public init(_ address: IPAddress, prefix: Int) {
    self.address = address
    self.prefix = prefix
  }

  /// `ADDRESS/BITS`.
  public init?(_ text: some StringProtocol) {
    guard let subnet = Subnet(text), let address = IPAddress(text.prefix { $0 != "/" }) else { return nil }
    self.init(address, prefix: subnet.prefix)
  }

  public var description: String { "\(address)/\(prefix)" }
}

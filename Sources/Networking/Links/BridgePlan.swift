/// What a network's bridge is to be like.
public struct BridgePlan: Hashable, Sendable {
  /// At most 15 characters.
  public var name: String
  /// The gateways' addresses.
  public var addresses: [InterfaceAddress]
  /// Fixed: else the bridge would take its ports' lowest one, and change it with each container.
  public var hardwareAddress: HardwareAddress
  /// In bytes; the kernel's own (1500) where it is nil.
  public var mtu: UInt32?
  /// Whether containers have IPv6 there. Where they have not, the bridge has none either.
  public var usesIPv6: Bool

  public init(
    name: String, addresses: [InterfaceAddress], hardwareAddress: HardwareAddress, mtu: UInt32? = nil,
    usesIPv6: Bool = false
  ) {
    self.name = name
    self.addresses = addresses
    self.hardwareAddress = hardwareAddress
    self.mtu = mtu
    self.usesIPv6 = usesIPv6
  }
}

/// A container's connection to a bridge: a pair of devices, one of them at the bridge, one in the container.
public struct EndpointPlan: Hashable, Sendable {
  /// The name of the host's side: at most 15 characters, and nobody else's.
  public var hostName: String
  /// The bridge's name.
  public var bridge: String
  /// The name in the container: `eth0`.
  public var insideName: String
  /// Of the device in the container.
  public var hardwareAddress: HardwareAddress
  /// Of the device in the container. Where none is of IPv6, the device has no IPv6 at all.
  public var addresses: [InterfaceAddress]
  /// Where the default routes lead: at most one of each kind, none where another endpoint has them.
  public var gateways: [IPAddress]
  /// In bytes; the kernel's own (1500) where it is nil.
  public var mtu: UInt32?

  public init(
    hostName: String, bridge: String, insideName: String = "eth0", hardwareAddress: HardwareAddress,
    addresses: [InterfaceAddress], gateways: [IPAddress], mtu: UInt32? = nil
  ) {
    self.hostName = hostName
    self.bridge = bridge
    self.insideName = insideName
    self.hardwareAddress = hardwareAddress
    self.addresses = addresses
    self.gateways = gateways
    self.mtu = mtu
  }

  var usesIPv6: Bool { addresses.contains { $0.address.isV6 } }
}

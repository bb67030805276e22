/// A port that a person wants published.
public struct PortRequest: Hashable, Sendable {
  /// An address of the host's; nil for all, of both kinds.
  public var address: IPAddress?
  /// The host's port, or of which the first free one is taken; nil for any.
  public var host: ClosedRange<UInt16>?
  public var containerPort: UInt16
  public var transport: Transport

  public init(
    address: IPAddress? = nil, host: ClosedRange<UInt16>? = nil, containerPort: UInt16,
    transport: Transport = .tcp
  ) {
    self.address = address
    self.host = host
    self.containerPort = containerPort
    self.transport = transport
  }
}

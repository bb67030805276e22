/// A port that a person wants published.
public struct PortRequest: Hashable, Sendable {
  /// An address of the host's; nil for all, of both kinds.
  public var address: IPAddress?
  /// The host's port, or of which the first free one is taken; nil for any.
  public var host: ClosedRange<UInt16>?
  public var containerPort: UInt16
  public var transport: PortTransport

  public init(
    address: IPAddress? = nil, host: ClosedRange<UInt16>? = nil, containerPort: UInt16,
    transport: PortTransport = .tcp
  ) {
    self.address = address
    self.host = host
    self.containerPort = containerPort
    self.transport = transport
  }
}

/// A port of the host's that is held for a container.
public struct PortBinding: Hashable, Sendable {
  /// 0.0.0.0 and `::` for all addresses of their kind.
  public let address: IPAddress
  public let hostPort: UInt16
  public let containerPort: UInt16
  public let transport: PortTransport

  public init(address: IPAddress, hostPort: UInt16, containerPort: UInt16, transport: PortTransport) {
    self.address = address
    self.hostPort = hostPort
    self.containerPort = containerPort
    self.transport = transport
  }

  /// The packet filter's part of it, for a container's addresses; nil where it has none of this kind: a port of
  /// IPv6 for a container that has only IPv4 is for a `PortRelay`.
  public func mapping(to addresses: [IPAddress]) -> PortMapping? {
    addresses.first { $0.isV6 == address.isV6 }.flatMap {
      PortMapping(
        hostAddress: address, hostPort: hostPort, transport: transport, target: $0, targetPort: containerPort)
    }
  }

  /// `0.0.0.0:80`, `[::]:80`.
  public var hostText: String { Self.text(address, hostPort) }

  static func text(_ address: IPAddress, _ port: UInt16) -> String {
    address.isV6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

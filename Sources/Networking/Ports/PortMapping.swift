/// What ports are of.
public enum Transport: String, CaseIterable, Sendable {
  case tcp, udp, sctp

  /// The protocol's number. Source: IANA, "Assigned Internet Protocol Numbers".
  public var number: UInt8 {
    switch self {
    case .tcp: 6
    case .udp: 17
    case .sctp: 132
    }
  }

  public init?(number: UInt8) {
    guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
    self = found
  }
}

/// A port of the host's from which the packet filter leads to a container.
public struct PortMapping: Hashable, Sendable {
  /// An address of the host's; nil for all of the target's kind.
  public let hostAddress: IPAddress?
  public let hostPort: UInt16
  public let transport: Transport
  public let target: IPAddress
  public let targetPort: UInt16

  /// - Parameter hostAddress: 0.0.0.0 and `::` are all of their kind. Nil is made of one that is of another kind
  ///   than the target: packets do not change theirs.
  public init?(
    hostAddress: IPAddress? = nil, hostPort: UInt16, transport: Transport = .tcp, target: IPAddress,
    targetPort: UInt16
  ) {
    if let hostAddress, hostAddress.isV6 != target.isV6 { return nil }
    self.hostAddress = hostAddress?.isAny == true ? nil : hostAddress
    self.hostPort = hostPort
    self.transport = transport
    self.target = target
    self.targetPort = targetPort
  }
}

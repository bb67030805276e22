/// A network's bridge, as the packet filter knows it.
public struct FilteredBridge: Hashable, Sendable {
  /// The device's name, at most 15 bytes.
  public let name: String
  /// Whether nothing goes in or out but between its containers and the host.
  public let isInternal: Bool
  /// Whether what leaves it for the world gets an address of the host's, by kind.
  public let masqueradesV4: Bool
  public let masqueradesV6: Bool

  /// - Parameter subnets: the network's; what comes from a network that has addresses of a kind is masqueraded.
  public init(name: String, subnets: [Subnet], isInternal: Bool = false) {
    self.init(
      name: name, isInternal: isInternal, masqueradesV4: !isInternal && subnets.contains { !$0.isV6 },
      masqueradesV6: !isInternal && subnets.contains { $0.isV6 })
  }

  init(name: String, isInternal: Bool, masqueradesV4: Bool, masqueradesV6: Bool) {
    self.name = name
    self.isInternal = isInternal
    self.masqueradesV4 = masqueradesV4
    self.masqueradesV6 = masqueradesV6
  }
}

/// A held port of IPv6 that the packet filter cannot lead to a container, or not from everywhere.
struct RelayedPort {
  let held: HeldPort
  let target: IPAddress
  /// The container's.
  let port: UInt16

  /// Those of a holder.
  ///
  /// - Parameter addresses: the container's; the first of IPv6 is led to, or else the first one.
  static func ports(
    of holder: PortHolder, _ transport: Transport, to addresses: [IPAddress]
  ) -> [RelayedPort] {
    guard let target = addresses.first(where: \.isV6) ?? addresses.first else { return [] }
    return zip(holder.bindings, holder.held).compactMap { binding, held in
      guard binding.transport == transport, binding.address.isV6 else { return nil }
      // The packet filter takes what is for a certain address, where the container has one of its kind.
      if target.isV6 && !binding.address.isAny && !binding.address.isLoopback { return nil }
      return RelayedPort(held: held, target: target, port: binding.containerPort)
    }
  }
}

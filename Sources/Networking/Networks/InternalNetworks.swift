import Runtime

/// The networks out of which nothing leads: who calls from there is not to be led on. They are read again only when
/// networks were made or removed.
package final class InternalNetworks {
  private let networks: Networks
  private var subnets: [NetworkSubnet] = []
  private var bridges: Set<String> = []
  private var signature: Leases.Signature?
  private var readAt: UInt64?

  /// How long what was read is good though nothing seems to have changed, in nanoseconds: file systems tell times in
  /// steps of milliseconds.
  private static let trust: UInt64 = 1_000_000_000

  package init(_ networks: Networks) { self.networks = networks }

  /// Whether somebody may be in one of them.
  package func contains(_ peer: RelayPeer) -> Bool {
    refresh()
    // Whoever has gone again may have been in one, and what they sent is still to be read.
    guard let address = peer.address else { return true }
    // A datagram's address is whatever its sender says, the gateway's as well.
    if bridges.contains(peer.device) { return true }
    // Source: RFC 4291, 2.5.6.
    if address.upper >> 54 == 0xfe80 >> 6 { return false }
    // The host itself calls from the gateway's.
    return subnets.contains { $0.subnet.contains(.v6(address)) && $0.gateway != .v6(address) }
  }

  private func refresh() {
    let now = Clock.monotonicNanoseconds()
    let signature = Leases.Signature(networks.folder)
    if let readAt, signature == self.signature, now - readAt < Self.trust { return }
    (self.signature, readAt) = (signature, now)
    let found = networks.made().filter { $0.isInternal && $0.usesIPv6 }
    subnets = found.flatMap(\.subnets)
    bridges = Set(found.map(\.bridgeName))
  }
}

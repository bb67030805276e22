import Networking
import Runtime

/// The names that a container's networks know, out of their leases. These are read again only when they have changed,
/// and asked now and then who of them lives.
final class LeasedNames {
  private let networks: [StoredNetwork]
  private let isAlive: (String) -> Bool
  private var table: NameTable
  private var signatures: [Leases.Signature?] = []
  private var readAt: UInt64 = 0

  /// How long who was killed may still be answered for, in nanoseconds.
  private static let trust: UInt64 = 1_000_000_000

  /// - Parameter networks: those that the container is in. The usual one knows no names.
  init(_ networks: [StoredNetwork], isAlive: @escaping (String) -> Bool) {
    self.networks = networks
    self.isAlive = isAlive
    table = NameTable()
  }

  func current() -> NameTable {
    let now = Clock.monotonicNanoseconds()
    let signatures = networks.map { Leases($0).signature }
    if signatures == self.signatures, now - readAt < Self.trust { return table }
    self.signatures = signatures
    readAt = now
    var table = NameTable(asksUpstream: networks.contains { !$0.isInternal })
    for network in networks where !network.isUsual {
      // A file that cannot be read now is somebody else's to complain about.
      for lease in (try? Leases(network).all(isAlive: isAlive)) ?? [] {
        table.add(
          [lease.name] + lease.aliases + [String(lease.container.prefix(12))], at: lease.addresses,
          network: network.name)
      }
    }
    self.table = table
    return table
  }
}

import Glibc
import Runtime

/// What the kernel's connection tracking remembers of UDP. It has no end that could be seen: as long as a client
/// goes on sending, its packets go where the first one went, to an address that may be nobody's or another's by
/// now. Source: linux/netfilter/nfnetlink_conntrack.h.
extension PacketFilter {
  private enum Flow {
    static let new: UInt16 = 0x100  // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
    static let get: UInt16 = 0x101  // IPCTNL_MSG_CT_GET
    static let delete: UInt16 = 0x102  // IPCTNL_MSG_CT_DELETE
    static let original: UInt16 = 1  // CTA_TUPLE_ORIG
    static let status: UInt16 = 3  // CTA_STATUS
    static let sourceChanged: UInt32 = 1 << 4  // IPS_SRC_NAT
    static let destinationChanged: UInt32 = 1 << 5  // IPS_DST_NAT
    static let id: UInt16 = 12  // CTA_ID
    static let zone: UInt16 = 18  // CTA_ZONE
  }

  /// Has connection tracking forget what came through UDP ports.
  func forgetFlows(through mappings: [PortMapping]) throws {
    let ports = Set(mappings.filter { $0.transport == .udp })
    for isV6 in [false, true] {
      let some = ports.filter { $0.target.isV6 == isV6 }
      if !some.isEmpty { try forgetFlows(family: CInt(isV6 ? AF_INET6 : AF_INET), some) }
    }
  }

  private func forgetFlows(family: CInt, _ mappings: Set<PortMapping>) throws {
    do {
      let all = try ask(
        NetlinkMessage(
          type: Flow.get, flags: Netlink.request | Netlink.dump, sequence: 0,
          payload: NfTables.fixed(family: UInt8(family))))
      for flow in all where flow.type == Flow.new {
        let attributes = flow.attributes(behind: NfTables.fixedSize)
        guard let original = attributes.first(where: { $0.type == Flow.original }),
          let destination = Destination(original), mappings.contains(where: { destination.is($0) }),
          !isOutbound(attributes)
        else { continue }
        do { try forget(attributes, family: UInt8(family)) } catch let error as NetlinkError {
          if error.errno != ENOENT { throw error }
        }
      }
    } catch let error as NetlinkError {
      // A kernel without connection tracking's part of netlink remembers, and cannot be asked.
      if error.errno == EINVAL || error.errno == EOPNOTSUPP { return }
      throw Failure("forget connections: conntrack", reason: error.message, errno: error.errno)
    }
  }

  /// Whether it comes from a container and goes to such a port of somebody else's.
  private func isOutbound(_ flow: [NetlinkAttribute]) -> Bool {
    let bytes = flow.first { $0.type == Flow.status }?.value ?? []
    let status = IPv4Address(bytes: bytes)?.number ?? 0
    return status & Flow.sourceChanged != 0 && status & Flow.destinationChanged == 0
  }

  private func forget(_ flow: [NetlinkAttribute], family: UInt8) throws {
    var kept: [NetlinkAttribute] = []
    for attribute in flow {
      switch attribute.type {
      case Flow.original: kept.append(NetlinkAttribute(type: Flow.original | 0x8000, value: attribute.value))
      // The same addresses may have a new entry by now.
      case Flow.id, Flow.zone: kept.append(attribute)
      default: break
      }
    }
    _ = try ask(
      NetlinkMessage(
        type: Flow.delete, flags: Netlink.request | Netlink.acknowledge, sequence: 0,
        payload: NfTables.fixed(family: family) + kept.flatMap(\.bytes)))
  }

  /// Where the first packet of a connection went.
  private struct Destination {
    let address: [UInt8]
    let transport: UInt8
    let port: [UInt8]

    init?(_ tuple: NetlinkAttribute) {
      // CTA_TUPLE_IP with CTA_IP_V4_DST or CTA_IP_V6_DST, CTA_TUPLE_PROTO with CTA_PROTO_NUM and
      // CTA_PROTO_DST_PORT.
      let parts = NfTables.attributes(in: tuple.value)
      let addresses = NfTables.attributes(in: parts.first { $0.type == 1 }?.value ?? [])
      let ports = NfTables.attributes(in: parts.first { $0.type == 2 }?.value ?? [])
      guard let address = addresses.first(where: { $0.type == 2 || $0.type == 4 }),
        let transport = ports.first(where: { $0.type == 1 })?.value.first,
        let port = ports.first(where: { $0.type == 3 })
      else { return nil }
      self.address = address.value
      self.transport = transport
      self.port = port.value
    }

    /// Whether it was a published port.
    func `is`(_ mapping: PortMapping) -> Bool {
      transport == mapping.transport.number
        && port == [UInt8(mapping.hostPort >> 8), UInt8(mapping.hostPort & 0xff)]
        && (mapping.hostAddress == nil || mapping.hostAddress?.bytes == address)
    }
  }
}

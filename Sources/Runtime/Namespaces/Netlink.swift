/// Numbers of rtnetlink. Source: linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h.
package enum Netlink {
  package static let error: UInt16 = 2  // NLMSG_ERROR
  package static let done: UInt16 = 3  // NLMSG_DONE

  package static let newLink: UInt16 = 16  // RTM_NEWLINK
  package static let deleteLink: UInt16 = 17  // RTM_DELLINK
  package static let getLink: UInt16 = 18  // RTM_GETLINK
  package static let setLink: UInt16 = 19  // RTM_SETLINK
  package static let newAddress: UInt16 = 20  // RTM_NEWADDR
  package static let getAddress: UInt16 = 22  // RTM_GETADDR
  package static let newRoute: UInt16 = 24  // RTM_NEWROUTE
  package static let getRoute: UInt16 = 26  // RTM_GETROUTE

  package static let request: UInt16 = 0x1  // NLM_F_REQUEST
  package static let acknowledge: UInt16 = 0x4  // NLM_F_ACK
  package static let dump: UInt16 = 0x300  // NLM_F_DUMP
  package static let create: UInt16 = 0x400  // NLM_F_CREATE
  package static let exclusive: UInt16 = 0x200  // NLM_F_EXCL

  package static let ipv4: UInt8 = 2  // AF_INET
  package static let ipv6: UInt8 = 10  // AF_INET6
  package static let bridge: UInt8 = 7  // AF_BRIDGE

  package enum Link {
    package static let structSize = 16  // struct ifinfomsg
    package static let hardwareAddress: UInt16 = 1  // IFLA_ADDRESS
    package static let name: UInt16 = 3  // IFLA_IFNAME
    package static let mtu: UInt16 = 4  // IFLA_MTU
    package static let master: UInt16 = 10  // IFLA_MASTER
    package static let port: UInt16 = 12  // IFLA_PROTINFO
    package static let info: UInt16 = 18  // IFLA_LINKINFO
    package static let families: UInt16 = 26  // IFLA_AF_SPEC
    package static let namespace: UInt16 = 28  // IFLA_NET_NS_FD
    package static let detail: UInt16 = 29  // IFLA_EXT_MASK
    package static let withoutStatistics: UInt32 = 8  // RTEXT_FILTER_SKIP_STATS
    package static let sendQueues: UInt16 = 31  // IFLA_NUM_TX_QUEUES
    package static let receiveQueues: UInt16 = 32  // IFLA_NUM_RX_QUEUES
    package static let up: UInt32 = 1  // IFF_UP
    package static let loopback: UInt32 = 8  // IFF_LOOPBACK
  }

  /// In IFLA_LINKINFO.
  package enum LinkInfo {
    package static let kind: UInt16 = 1  // IFLA_INFO_KIND
    package static let data: UInt16 = 2  // IFLA_INFO_DATA
    package static let portKind: UInt16 = 4  // IFLA_INFO_SLAVE_KIND
    package static let portData: UInt16 = 5  // IFLA_INFO_SLAVE_DATA
    package static let portState: UInt16 = 1  // IFLA_BRPORT_STATE
    package static let disabled: UInt8 = 0  // BR_STATE_DISABLED
    package static let hairpin: UInt16 = 4  // IFLA_BRPORT_MODE
    package static let forgetHardware: UInt16 = 24  // IFLA_BRPORT_FLUSH
    package static let peer: UInt16 = 1  // VETH_INFO_PEER
    package static let forwardDelay: UInt16 = 1  // IFLA_BR_FORWARD_DELAY
    package static let spanningTree: UInt16 = 5  // IFLA_BR_STP_STATE
  }

  /// In IFLA_AF_SPEC: parameters of IPv4, which are numbered from 1, and of IPv6, from 0. Source: linux/ip.h,
  /// linux/ipv6.h.
  package enum LinkFamily {
    package static let settings4: UInt16 = 1  // IFLA_INET_CONF
    package static let settings6: UInt16 = 2  // IFLA_INET6_CONF
    package static let addressMode: UInt16 = 8  // IFLA_INET6_ADDR_GEN_MODE
    package static let noAddress: UInt8 = 1  // IN6_ADDR_GEN_MODE_NONE
    package static let routeLocalnet: UInt16 = 26  // IPV4_DEVCONF_ROUTE_LOCALNET
    package static let forwarding6 = 0  // DEVCONF_FORWARDING
    package static let acceptAdvertisements = 3  // DEVCONF_ACCEPT_RA
    package static let disableIPv6 = 26  // DEVCONF_DISABLE_IPV6
  }

  package enum Route {
    package static let structSize = 12  // struct rtmsg
    package static let destination: UInt16 = 1  // RTA_DST
    package static let device: UInt16 = 4  // RTA_OIF
    package static let gateway: UInt16 = 5  // RTA_GATEWAY
    package static let table: UInt16 = 15  // RTA_TABLE
    package static let mainTable: UInt8 = 254  // RT_TABLE_MAIN
    package static let localTable: UInt32 = 255  // RT_TABLE_LOCAL
    package static let unicast: UInt8 = 1  // RTN_UNICAST
    /// Set up when the machine was, as ip-route(8) says of those that it makes: RTPROT_BOOT.
    package static let boot: UInt8 = 3
    package static let advertised: UInt8 = 9  // RTPROT_RA
  }

  package enum Address {
    package static let structSize = 8  // struct ifaddrmsg
    package static let address: UInt16 = 1  // IFA_ADDRESS
    package static let local: UInt16 = 2  // IFA_LOCAL
    package static let label: UInt16 = 3  // IFA_LABEL
    package static let broadcast: UInt16 = 4  // IFA_BROADCAST
    package static let flags: UInt16 = 8  // IFA_FLAGS
    package static let priority: UInt16 = 9  // IFA_RT_PRIORITY
    package static let noDetection: UInt32 = 0x02  // IFA_F_NODAD
    package static let permanent: UInt32 = 0x80  // IFA_F_PERMANENT
    /// Flags that a person sets, and not the kernel: IFA_F_NODAD, IFA_F_HOMEADDRESS, IFA_F_MANAGETEMPADDR,
    /// IFA_F_NOPREFIXROUTE, IFA_F_MCAUTOJOIN.
    package static let chosen: UInt32 = 0x02 | 0x10 | 0x100 | 0x200 | 0x400
    package static let universe: UInt8 = 0  // RT_SCOPE_UNIVERSE
  }
}

/// A network device as rtnetlink tells of it.
package struct NetlinkLink: Equatable {
  package var index: Int32
  package var flags: UInt32
  package var name: String

  package init?(_ message: NetlinkMessage) {
    guard message.type == Netlink.newLink, message.payload.count >= Netlink.Link.structSize else {
      return nil
    }
    let reader = NetlinkReader(message.payload[...])
    index = reader.number(at: 4, as: Int32.self)
    flags = reader.number(at: 8, as: UInt32.self)
    let attributes = message.attributes(behind: Netlink.Link.structSize)
    guard let name = attributes.first(where: { $0.type == Netlink.Link.name }) else { return nil }
    self.name = name.text
  }

  /// `struct ifinfomsg`: about a device by its number, or, with 0, by an attribute.
  package static func fixed(
    family: UInt8 = 0, index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0
  ) -> [UInt8] {
    var bytes = NetlinkBytes()
    for byte in [family, 0, 0, 0] { bytes.append(byte) }
    bytes.append(index)
    bytes.append(flags)
    bytes.append(change)
    return bytes.bytes
  }
}

/// An address of a network device as rtnetlink tells of it.
package struct NetlinkAddress: Equatable {
  package var family: UInt8
  package var prefixLength: UInt8
  package var scope: UInt8
  package var flags: UInt32
  package var index: Int32
  package var attributes: [NetlinkAttribute]

  package init?(_ message: NetlinkMessage) {
    guard message.type == Netlink.newAddress, message.payload.count >= Netlink.Address.structSize else {
      return nil
    }
    family = message.payload[0]
    prefixLength = message.payload[1]
    scope = message.payload[3]
    index = NetlinkReader(message.payload[...]).number(at: 4, as: Int32.self)
    attributes = message.attributes(behind: Netlink.Address.structSize)
    // The structure has room for eight flags only; later ones are an attribute.
    flags = attributes.first { $0.type == Netlink.Address.flags }?.number ?? UInt32(message.payload[2])
  }

  /// What the specification wants kept: lasting, and meant for the world. Source: runtime-spec 1.3.0,
  /// config-linux.md, "Network Devices".
  package var isKept: Bool { flags & Netlink.Address.permanent != 0 && scope == Netlink.Address.universe }

  /// The same address on another device, as the payload of a request.
  package func payload(on index: Int32, renamed old: String, to new: String) -> [UInt8] {
    var bytes = NetlinkBytes()
    for byte in [family, prefixLength, 0, scope] { bytes.append(byte) }
    bytes.append(index)
    var kept: [NetlinkAttribute] = []
    for attribute in attributes {
      switch attribute.type {
      case Netlink.Address.address, Netlink.Address.local, Netlink.Address.broadcast,
        Netlink.Address.priority:
        kept.append(attribute)
      case Netlink.Address.label:
        kept.append(NetlinkAttribute(Netlink.Address.label, Self.label(attribute.text, old, new)))
      default: break
      }
    }
    kept.append(NetlinkAttribute(Netlink.Address.flags, flags & Netlink.Address.chosen))
    return bytes.bytes + kept.flatMap(\.bytes)
  }

  /// A label is the device's name, or begins with it: `eth0:1`.
  private static func label(_ label: String, _ old: String, _ new: String) -> String {
    if label == old { return new }
    return label.hasPrefix(old + ":") ? new + label.dropFirst(old.count) : label
  }
}

/// Numbers of rtnetlink. Source: linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h.
enum Netlink {
  static let error: UInt16 = 2  // NLMSG_ERROR
  static let done: UInt16 = 3  // NLMSG_DONE

  static let newLink: UInt16 = 16  // RTM_NEWLINK
  static let getLink: UInt16 = 18  // RTM_GETLINK
  static let setLink: UInt16 = 19  // RTM_SETLINK
  static let newAddress: UInt16 = 20  // RTM_NEWADDR
  static let getAddress: UInt16 = 22  // RTM_GETADDR

  static let request: UInt16 = 0x1  // NLM_F_REQUEST
  static let acknowledge: UInt16 = 0x4  // NLM_F_ACK
  static let dump: UInt16 = 0x300  // NLM_F_DUMP
  static let create: UInt16 = 0x400  // NLM_F_CREATE
  static let exclusive: UInt16 = 0x200  // NLM_F_EXCL

  enum Link {
    static let structSize = 16  // struct ifinfomsg
    static let name: UInt16 = 3  // IFLA_IFNAME
    static let namespace: UInt16 = 28  // IFLA_NET_NS_FD
    static let up: UInt32 = 1  // IFF_UP
    static let loopback: UInt32 = 8  // IFF_LOOPBACK
  }

  enum Address {
    static let structSize = 8  // struct ifaddrmsg
    static let address: UInt16 = 1  // IFA_ADDRESS
    static let local: UInt16 = 2  // IFA_LOCAL
    static let label: UInt16 = 3  // IFA_LABEL
    static let broadcast: UInt16 = 4  // IFA_BROADCAST
    static let flags: UInt16 = 8  // IFA_FLAGS
    static let priority: UInt16 = 9  // IFA_RT_PRIORITY
    static let permanent: UInt32 = 0x80  // IFA_F_PERMANENT
    /// Flags that a person sets, and not the kernel: IFA_F_NODAD, IFA_F_HOMEADDRESS, IFA_F_MANAGETEMPADDR,
    /// IFA_F_NOPREFIXROUTE, IFA_F_MCAUTOJOIN.
    static let chosen: UInt32 = 0x02 | 0x10 | 0x100 | 0x200 | 0x400
    static let universe: UInt8 = 0  // RT_SCOPE_UNIVERSE
  }
}

/// A network device as rtnetlink tells of it.
struct NetlinkLink: Equatable {
  var index: Int32
  var flags: UInt32
  var name: String

  init?(_ message: NetlinkMessage) {
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
  static func fixed(index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
    var bytes = NetlinkBytes()
    bytes.append(UInt32(0))
    bytes.append(index)
    bytes.append(flags)
    bytes.append(change)
    return bytes.bytes
  }
}

/// An address of a network device as rtnetlink tells of it.
struct NetlinkAddress: Equatable {
  var family: UInt8
  var prefixLength: UInt8
  var scope: UInt8
  var flags: UInt32
  var index: Int32
  var attributes: [NetlinkAttribute]

  init?(_ message: NetlinkMessage) {
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
  var isKept: Bool { flags & Netlink.Address.permanent != 0 && scope == Netlink.Address.universe }

  /// The same address on another device, as the payload of a request.
  func payload(on index: Int32, renamed old: String, to new: String) -> [UInt8] {
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

import Runtime

/// Messages of nf_tables. Numbers in them are in network byte order. Source: linux/netfilter/nfnetlink.h,
/// linux/netfilter/nf_tables.h.
enum NfTables {
  /// What a message does: the lower byte of its type.
  enum Kind: UInt16 {
    case newTable = 0  // NFT_MSG_NEWTABLE
    case getTable = 1  // NFT_MSG_GETTABLE
    case deleteTable = 2  // NFT_MSG_DELTABLE
    case newChain = 3  // NFT_MSG_NEWCHAIN
    case newRule = 6  // NFT_MSG_NEWRULE
    case newSet = 9  // NFT_MSG_NEWSET
    case getSet = 10  // NFT_MSG_GETSET
    case newElement = 12  // NFT_MSG_NEWSETELEM
    case getElement = 13  // NFT_MSG_GETSETELEM
    case deleteElement = 14  // NFT_MSG_DELSETELEM
    case newGeneration = 15  // NFT_MSG_NEWGEN
    case getGeneration = 16  // NFT_MSG_GETGEN

    var type: UInt16 { NfTables.subsystem << 8 | rawValue }
  }

  static let subsystem: UInt16 = 10  // NFNL_SUBSYS_NFTABLES
  static let inet: UInt8 = 1  // NFPROTO_INET
  static let ipv4: UInt8 = 2  // NFPROTO_IPV4

  /// `struct nfgenmsg`, the fixed part of each message.
  static func fixed(family: UInt8, resource: UInt16 = 0) -> [UInt8] {
    [family, 0, UInt8(resource >> 8), UInt8(resource & 0xff)]
  }
  static let fixedSize = 4

  static func message(
    _ kind: Kind, _ flags: UInt16, family: UInt8 = inet, sequence: UInt32 = 0,
    _ attributes: [NetlinkAttribute]
  ) -> NetlinkMessage {
    NetlinkMessage(
      type: kind.type, flags: Netlink.request | flags, sequence: sequence,
      payload: fixed(family: family) + attributes.flatMap(\.bytes))
  }

  /// Attributes in an attribute.
  static func nested(_ type: UInt16, _ attributes: [NetlinkAttribute]) -> NetlinkAttribute {
    let isNested: UInt16 = 0x8000  // NLA_F_NESTED
    return NetlinkAttribute(type: type | isNested, value: attributes.flatMap(\.bytes))
  }

  static func number(_ type: UInt16, _ number: UInt32) -> NetlinkAttribute {
    NetlinkAttribute(type: type, value: IPv4Address(number: number).bytes)
  }

  /// The attributes in an attribute.
  static func attributes(in value: [UInt8]) -> [NetlinkAttribute] {
    NetlinkMessage(type: 0, flags: 0, sequence: 0, payload: value).attributes(behind: 0)
  }

  /// The number of the set of rules, which each change counts up.
  static func generation(in message: NetlinkMessage) -> UInt32? {
    guard message.type == Kind.newGeneration.type else { return nil }
    let id = message.attributes(behind: fixedSize).first { $0.type == 1 }  // NFTA_GEN_ID
    return id.flatMap { IPv4Address(bytes: $0.value)?.number }
  }
}

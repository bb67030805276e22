import Runtime

/// What a rule does, one thing after the other, with registers between. Source: linux/netfilter/nf_tables.h.
enum NfExpression {
  /// What a packet's part is counted from.
  enum Base: UInt32 {
    case network = 1  // NFT_PAYLOAD_NETWORK_HEADER
    case transport = 2  // NFT_PAYLOAD_TRANSPORT_HEADER
  }

  /// Goes on only for packets of a transport.
  case transport(Transport)
  /// Goes on only where these bytes stand in the packet.
  case bytes([UInt8], Base, offset: UInt32)
  /// Writes bytes into the packet, and sets the checksum right that stands at a place of the same header.
  case write([UInt8], Base, offset: UInt32, checksum: UInt32)

  private static let register: UInt32 = 1  // NFT_REG_1

  /// The attributes that say it to the kernel.
  var attributes: [NetlinkAttribute] {
    switch self {
    case .transport(let transport):
      [
        // NFTA_META_DREG, NFTA_META_KEY with NFT_META_L4PROTO.
        Self.expression("meta", [NfTables.number(1, Self.register), NfTables.number(2, 16)]),
        Self.compare([transport.number]),
      ]
    case .bytes(let bytes, let base, let offset):
      [
        // NFTA_PAYLOAD_DREG.
        Self.expression("payload", [NfTables.number(1, Self.register)] + Self.place(bytes, base, offset)),
        Self.compare(bytes),
      ]
    case .write(let bytes, let base, let offset, let checksum):
      [
        // NFTA_IMMEDIATE_DREG, NFTA_IMMEDIATE_DATA.
        Self.expression("immediate", [NfTables.number(1, Self.register), Self.data(2, bytes)]),
        // NFTA_PAYLOAD_SREG, and NFTA_PAYLOAD_CSUM_TYPE with NFT_PAYLOAD_CSUM_INET, NFTA_PAYLOAD_CSUM_OFFSET.
        Self.expression(
          "payload",
          Self.place(bytes, base, offset) + [
            NfTables.number(5, Self.register), NfTables.number(6, 1), NfTables.number(7, checksum),
          ]),
      ]
    }
  }

  /// NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_OFFSET, NFTA_PAYLOAD_LEN.
  private static func place(_ bytes: [UInt8], _ base: Base, _ offset: UInt32) -> [NetlinkAttribute] {
    [
      NfTables.number(2, base.rawValue), NfTables.number(3, offset),
      NfTables.number(4, UInt32(bytes.count)),
    ]
  }

  /// NFTA_CMP_SREG, NFTA_CMP_OP with NFT_CMP_EQ, NFTA_CMP_DATA.
  private static func compare(_ bytes: [UInt8]) -> NetlinkAttribute {
    expression("cmp", [NfTables.number(1, register), NfTables.number(2, 0), data(3, bytes)])
  }

  /// NFTA_DATA_VALUE.
  private static func data(_ type: UInt16, _ bytes: [UInt8]) -> NetlinkAttribute {
    NfTables.nested(type, [NetlinkAttribute(type: 1, value: bytes)])
  }

  /// NFTA_LIST_ELEM with NFTA_EXPR_NAME, NFTA_EXPR_DATA.
  private static func expression(_ name: String, _ attributes: [NetlinkAttribute]) -> NetlinkAttribute {
    NfTables.nested(1, [NetlinkAttribute(1, name), NfTables.nested(2, attributes)])
  }
}

import Runtime

/// An element of one of the packet filter's sets or maps.
struct FilterElement: Hashable {
  /// The set's name.
  let set: String
  let key: [UInt8]
  /// Where a map's key leads to; empty in a set.
  let data: [UInt8]

  init(set: String, key: [UInt8], data: [UInt8] = []) {
    self.set = set
    self.key = key
    self.data = data
  }

  private enum Attribute {
    static let listTable: UInt16 = 1  // NFTA_SET_ELEM_LIST_TABLE
    static let listSet: UInt16 = 2  // NFTA_SET_ELEM_LIST_SET
    static let listElements: UInt16 = 3  // NFTA_SET_ELEM_LIST_ELEMENTS
    static let element: UInt16 = 1  // NFTA_LIST_ELEM
    static let key: UInt16 = 1  // NFTA_SET_ELEM_KEY
    static let data: UInt16 = 2  // NFTA_SET_ELEM_DATA
    static let value: UInt16 = 1  // NFTA_DATA_VALUE
  }

  /// A message about a set of ours.
  static func message(
    _ kind: NfTables.Kind, _ flags: UInt16, set: String, sequence: UInt32 = 0,
    elements: [NetlinkAttribute] = []
  ) -> NetlinkMessage {
    var attributes = [
      NetlinkAttribute(Attribute.listTable, Ruleset.table), NetlinkAttribute(Attribute.listSet, set),
    ]
    if !elements.isEmpty { attributes.append(NfTables.nested(Attribute.listElements, elements)) }
    return NfTables.message(kind, flags, sequence: sequence, attributes)
  }

  /// A message about this element: to make it, to ask for it, to take it away. Data only make sense in the first.
  func message(_ kind: NfTables.Kind, _ flags: UInt16 = 0, sequence: UInt32 = 0) -> NetlinkMessage {
    func value(_ type: UInt16, _ bytes: [UInt8]) -> NetlinkAttribute {
      NfTables.nested(type, [NetlinkAttribute(type: Attribute.value, value: bytes)])
    }
    var parts = [value(Attribute.key, key)]
    if kind == .newElement && !data.isEmpty { parts.append(value(Attribute.data, data)) }
    return Self.message(
      kind, flags, set: set, sequence: sequence, elements: [NfTables.nested(Attribute.element, parts)])
  }

  /// The elements of which a message tells.
  static func elements(in message: NetlinkMessage) -> [FilterElement] {
    guard message.type == NfTables.Kind.newElement.type else { return [] }
    let attributes = message.attributes(behind: NfTables.fixedSize)
    guard let set = attributes.first(where: { $0.type == Attribute.listSet }),
      let list = attributes.first(where: { $0.type == Attribute.listElements })
    else { return [] }
    return NfTables.attributes(in: list.value).map { element in
      let parts = NfTables.attributes(in: element.value)
      func value(_ type: UInt16) -> [UInt8] {
        guard let part = parts.first(where: { $0.type == type }) else { return [] }
        return NfTables.attributes(in: part.value).first { $0.type == Attribute.value }?.value ?? []
      }
      return FilterElement(set: set.text, key: value(Attribute.key), data: value(Attribute.data))
    }
  }

  /// A field of a key of several: each begins at a multiple of four bytes.
  static func field(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: NetlinkMessage.aligned(bytes.count) - bytes.count)
  }

  static func field(port: UInt16) -> [UInt8] { field([UInt8(port >> 8), UInt8(port & 0xff)]) }

  /// IFNAMSIZ bytes.
  static func field(device name: String) -> [UInt8] {
    let bytes = Array(name.utf8.prefix(15))
    return bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
  }
}

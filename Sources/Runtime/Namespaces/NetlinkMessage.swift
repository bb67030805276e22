/// One message of netlink: a header, and what follows it. Source: netlink(7), linux/netlink.h.
package struct NetlinkMessage: Equatable {
  package var type: UInt16
  package var flags: UInt16
  package var sequence: UInt32
  /// All behind the header: a fixed structure, then attributes.
  package var payload: [UInt8]

  package init(type: UInt16, flags: UInt16, sequence: UInt32, payload: [UInt8]) {
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.payload = payload
  }

  package static let headerSize = 16

  /// Lengths are in 4-byte steps; numbers are in the machine's byte order.
  package static func aligned(_ length: Int) -> Int { (length + 3) & ~3 }

  package var bytes: [UInt8] {
    var bytes = NetlinkBytes()
    bytes.append(UInt32(Self.headerSize + payload.count))
    bytes.append(type)
    bytes.append(flags)
    bytes.append(sequence)
    bytes.append(UInt32(0))
    return bytes.bytes + payload
  }

  /// Takes a datagram apart; nil where a length leads out of it.
  package static func parse(_ datagram: [UInt8]) -> [NetlinkMessage]? {
    var messages: [NetlinkMessage] = []
    var start = 0
    while datagram.count - start >= headerSize {
      let reader = NetlinkReader(datagram[start...])
      let length = Int(reader.number(at: 0, as: UInt32.self))
      guard length >= headerSize, length <= datagram.count - start else { return nil }
      messages.append(
        NetlinkMessage(
          type: reader.number(at: 4, as: UInt16.self), flags: reader.number(at: 6, as: UInt16.self),
          sequence: reader.number(at: 8, as: UInt32.self),
          payload: Array(datagram[start + headerSize..<start + length])))
      start += aligned(length)
    }
    return messages
  }

  /// The attributes behind a fixed structure of so many bytes; what a length leads out of is left out.
  package func attributes(behind fixed: Int) -> [NetlinkAttribute] {
    NetlinkAttribute.list(payload.dropFirst(Self.aligned(fixed)))
  }
}

/// A value with its kind, as messages carry them.
package struct NetlinkAttribute: Equatable {
  package var type: UInt16
  package var value: [UInt8]

  package init(type: UInt16, value: [UInt8]) {
    self.type = type
    self.value = value
  }

  package init(_ type: UInt16, _ number: UInt32) {
    var bytes = NetlinkBytes()
    bytes.append(number)
    self.init(type: type, value: bytes.bytes)
  }

  /// Ended by a NUL.
  package init(_ type: UInt16, _ text: String) { self.init(type: type, value: Array(text.utf8) + [0]) }

  package init(_ type: UInt16, byte: UInt8) { self.init(type: type, value: [byte]) }

  /// Attributes in an attribute. Source: linux/netlink.h, NLA_F_NESTED.
  package init(_ type: UInt16, _ nested: [NetlinkAttribute]) {
    self.init(type: type | 0x8000, value: nested.flatMap(\.bytes))
  }

  /// Those one behind the other in some bytes; what a length leads out of is left out.
  package static func list(_ bytes: ArraySlice<UInt8>) -> [NetlinkAttribute] {
    var attributes: [NetlinkAttribute] = []
    var rest = bytes
    while rest.count >= 4 {
      let reader = NetlinkReader(rest)
      let length = Int(reader.number(at: 0, as: UInt16.self))
      guard length >= 4, length <= rest.count else { break }
      // The upper two bits are flags.
      let type = reader.number(at: 2, as: UInt16.self) & 0x3fff
      attributes.append(NetlinkAttribute(type: type, value: Array(rest.prefix(length).dropFirst(4))))
      rest = rest.dropFirst(NetlinkMessage.aligned(length))
    }
    return attributes
  }

  /// Those in this one.
  package var nested: [NetlinkAttribute] { Self.list(value[...]) }

  package var text: String { String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }
  package var number: UInt32? {
    value.count >= 4 ? NetlinkReader(value[...]).number(at: 0, as: UInt32.self) : nil
  }

  package var bytes: [UInt8] {
    var bytes = NetlinkBytes()
    bytes.append(UInt16(4 + value.count))
    bytes.append(type)
    let padding = NetlinkMessage.aligned(value.count) - value.count
    return bytes.bytes + value + [UInt8](repeating: 0, count: padding)
  }
}

/// Numbers as bytes, in the machine's order.
package struct NetlinkBytes {
  package private(set) var bytes: [UInt8] = []
  package init() {}
  package mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }
}

/// Bytes as numbers. What lies outside reads as zero.
package struct NetlinkReader {
  private let bytes: ArraySlice<UInt8>
  package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  package func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type) -> Number {
    var number = Number.zero
    let start = bytes.startIndex + offset
    guard start + MemoryLayout<Number>.size <= bytes.endIndex else { return 0 }
    withUnsafeMutableBytes(of: &number) { $0.copyBytes(from: bytes[start..<start + $0.count]) }
    return number
  }
}

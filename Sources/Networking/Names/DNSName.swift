/// A name of the domain name system, in the case in which it was written. Source: RFC 1035, section 3.1.
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
  /// As it travels: each label behind its length, and the root's zero; at most 255 bytes, with labels of at most 63.
  public let wire: [UInt8]

  /// - Parameter wire: checked by who gives it.
  init(wire: [UInt8]) { self.wire = wire }

  public static let root = DNSName(wire: [0])

  /// Labels with points between them; one more behind the last changes nothing. A label is taken as it is: there are
  /// no escapes.
  public init?(_ text: some StringProtocol) {
    var wire: [UInt8] = []
    var labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    if labels.last?.isEmpty == true { labels.removeLast() }
    // The root is a point alone.
    if labels.count == 1 && labels[0].isEmpty { labels = [] }
    for label in labels {
      guard (1...63).contains(label.count) else { return nil }
      wire.append(UInt8(label.count))
      wire += label
    }
    wire.append(0)
    guard wire.count <= 255, !text.isEmpty else { return nil }
    self.wire = wire
  }

  public var labels: [ArraySlice<UInt8>] {
    var labels: [ArraySlice<UInt8>] = []
    var place = 0
    while wire[place] != 0 {
      let end = place + 1 + Int(wire[place])
      labels.append(wire[place + 1..<end])
      place = end
    }
    return labels
  }

  /// In lower case and without a point at the end, as people write it: `web.mynet`; nil where a label has bytes that
  /// people do not write in names, a point among them.
  public var text: String? {
    let labels = labels
    guard labels.allSatisfy({ $0.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ".") } })
    else { return nil }
    return String(decoding: labels.joined(separator: [UInt8(ascii: ".")]).map(Self.lower), as: UTF8.self)
  }

  /// Whether both name the same thing: case does not matter.
  public func matches(_ other: DNSName) -> Bool {
    // No length is so great that it could be taken for a letter.
    wire.count == other.wire.count && zip(wire, other.wire).allSatisfy { Self.lower($0) == Self.lower($1) }
  }

  static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

  public var description: String { text ?? "\\?" }
}

/// Names of addresses. Source: RFC 1035, section 3.5; RFC 3596, section 2.5.
extension DNSName {
  /// The name under which an address's name is asked for: `2.0.88.10.in-addr.arpa`.
  public init(reverseOf address: IPAddress) {
    let text: String
    switch address {
    case .v4: text = address.bytes.reversed().map { String($0) }.joined(separator: ".") + ".in-addr.arpa"
    case .v6:
      let digits = address.bytes.reversed().flatMap { [$0 & 15, $0 >> 4] }
      text = digits.map { String($0, radix: 16) }.joined(separator: ".") + ".ip6.arpa"
    }
    self = DNSName(text)!
  }

  /// The address whose name is asked for; nil where it is another name.
  public var reversedAddress: IPAddress? {
    let parts = (text ?? "").split(separator: ".")
    if parts.count == 6, parts[4...] == ["in-addr", "arpa"] {
      return IPAddress(parts[..<4].reversed().joined(separator: "."))
    }
    guard parts.count == 34, parts[32...] == ["ip6", "arpa"] else { return nil }
    let digits = parts[..<32].compactMap { $0.utf8.count == 1 ? UInt8($0, radix: 16) : nil }
    guard digits.count == 32 else { return nil }
    return IPAddress(bytes: stride(from: 31, to: 0, by: -2).map { digits[$0] << 4 | digits[$0 - 1] })
  }
}

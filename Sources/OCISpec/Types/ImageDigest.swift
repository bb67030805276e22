/// What identifies a content: its SHA-256. Source: image-spec 1.1, descriptor.md, "Digests"; of the registered
/// algorithms this is the only one that registries use.
public struct Digest: Hashable, Sendable {
  /// 64 lower-case hexadecimal digits.
  public let hex: String

  /// Reads `sha256:` and 64 lower-case hexadecimal digits; nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
    guard digits.count == 64, digits.allSatisfy(Self.isDigit) else { return nil }
    hex = String(decoding: Array(digits), as: UTF8.self)
  }

  /// The digest of 32 bytes, as a hash function gives them.
  public init(bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
    let digits = Array("0123456789abcdef".utf8)
    hex = String(unsafeUninitializedCapacity: 64) { text in
      for index in 0..<64 { text[index] = digits[Int(bytes[index / 2] >> (index % 2 == 0 ? 4 : 0) & 15)] }
      return 64
    }
  }

  /// The digest of 64 hexadecimal digits that are known to be such.
  package init(hex: String) { self.hex = hex }

  /// The first twelve digits, for people.
  public var short: String { String(hex.prefix(12)) }

  static let prefix = "sha256:"

  /// Whether a byte is a lower-case hexadecimal digit.
  package static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
      || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f")
  }
}

extension Digest: CustomStringConvertible {
  /// `sha256:` and the digits.
  public var description: String { Self.prefix + hex }
}

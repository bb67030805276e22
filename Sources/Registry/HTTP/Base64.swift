/// RFC 4648, the usual alphabet.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: some Collection<UInt8>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    var rest = bytes[...]
    while let first = rest.popFirst() {
      let second = rest.popFirst()
      let third = rest.popFirst()
      let group = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
      result.append(alphabet[Int(group >> 18)])
      result.append(alphabet[Int(group >> 12 & 63)])
      result.append(second == nil ? UInt8(ascii: "=") : alphabet[Int(group >> 6 & 63)])
      result.append(third == nil ? UInt8(ascii: "=") : alphabet[Int(group & 63)])
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// nil where it is no such text. The signs at the end may be left out, as some programs do.
  static func decode(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    while digits.last == UInt8(ascii: "="), digits.count > 0 { digits.removeLast() }
    guard digits.count % 4 != 1 else { return nil }
    var result: [UInt8] = []
    var group: UInt32 = 0
    var bits = 0
    for digit in digits {
      guard let value = alphabet.firstIndex(of: digit) else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        result.append(UInt8(group >> UInt32(bits) & 0xFF))
      }
    }
    return result
  }
}

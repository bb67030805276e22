/// Sixty-four hexadecimal digits, as IDs have them.
enum Digits {
  /// By chance. The first twelve are shown, and must not be taken for a number.
  static func random() -> String {
    while true {
      let id = (0..<4).map { _ in text(UInt64.random(in: 0...UInt64.max)) }.joined()
      if id.prefix(12).contains(where: { !$0.isNumber }) { return id }
    }
  }

  /// Of a text: the same for the same text. Source: FNV-1a with another beginning for each of four parts.
  static func of(_ words: String...) -> String {
    (0..<4 as Range<UInt64>).map { part in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ part &* 0x9e37_79b9_7f4a_7c15
      for byte in words.joined(separator: "\0").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      // The last bytes of a text move the low bits alone.
      hash = (hash ^ hash >> 32) &* 0xd6e8_feb8_6659_fd93
      return text(hash ^ hash >> 32)
    }.joined()
  }

  private static func text(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

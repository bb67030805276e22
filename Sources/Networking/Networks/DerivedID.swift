import Runtime

/// IDs that follow from others: of an endpoint from its network and its container.
enum DerivedID {
  /// 64 hexadecimal digits, the same for the same words.
  ///
  /// Source: FNV-1a with another beginning for each of four parts.
  static func of(_ words: String...) -> String {
    (0..<4 as Range<UInt64>).map { part in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ part &* 0x9e37_79b9_7f4a_7c15
      for byte in words.joined(separator: "\0").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      // The last bytes of a text move the low bits alone.
      hash = (hash ^ hash >> 32) &* 0xd6e8_feb8_6659_fd93
      return (hash ^ hash >> 32).hexadecimal
    }.joined()
  }
}

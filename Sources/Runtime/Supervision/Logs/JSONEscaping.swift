import Glibc

/// Bytes as the inside of a JSON string, as Go's encoder writes them: well-formed UTF-8 whatever the bytes are.
///
/// Every byte of a log comes through here, so it works on eight at a time and allocates nothing.
enum JSONEscaping {
  /// An escaped byte takes at most so many.
  static let growth = 6
  /// Eight bytes are stored at once: so many beyond the end may be overwritten.
  static let slack = 8

  /// Writes what the bytes become to `out`, where there must be room for `growth` times as many and `slack`.
  /// Returns the end of what was written.
  static func write(
    _ source: UnsafePointer<UInt8>, _ count: Int, to out: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    var source = source
    var out = out
    let end = source + count
    while true {
      while end - source >= 8 {
        let word = UnsafeRawPointer(source).loadUnaligned(as: UInt64.self)
        UnsafeMutableRawPointer(out).storeBytes(of: word, as: UInt64.self)
        let special = specials(in: UInt64(littleEndian: word))
        if special != 0 {
          let plain = special.trailingZeroBitCount >> 3
          source += plain
          out += plain
          break
        }
        source += 8
        out += 8
      }
      while source < end && isPlain(source.pointee) {
        out.pointee = source.pointee
        source += 1
        out += 1
      }
      // Specials rarely come alone: text that is not ASCII, colours of terminals.
      while source < end && !isPlain(source.pointee) {
        if source.pointee < 0x80 {
          out = writeEscape(of: source.pointee, to: out)
          source += 1
        } else {
          let length = characterLength(source, end - source)
          out = writeCharacter(source, length, to: out)
          source += max(length, 1)
        }
      }
      if source == end { return out }
    }
  }

  /// The high bit of the first byte that cannot stand as it is, counted from the low end, is set; bits above it mean
  /// nothing.
  private static func specials(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    // One comparison for `"` and `&`, one for `<` and `>`: they differ in a single bit.
    let quotes = (word | (0x04 * ones)) ^ (0x26 * ones)
    let angles = (word | (0x02 * ones)) ^ (0x3E * ones)
    let slashes = word ^ (0x5C * ones)
    let controls = (word &- (0x20 * ones)) & ~word
    let found =
      controls | word | ((quotes &- ones) & ~quotes) | ((angles &- ones) & ~angles)
      | ((slashes &- ones) & ~slashes)
    return found & highs
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    guard byte >= 0x20 && byte < 0x80 else { return false }
    return byte | 0x04 != 0x26 && byte | 0x02 != 0x3E && byte != 0x5C
  }

  private static func writeEscape(of byte: UInt8, to out: UnsafeMutablePointer<UInt8>)
    -> UnsafeMutablePointer<
      UInt8
    >
  {
    let short: UInt8
    switch byte {
    case 0x22, 0x5C: short = byte
    case 0x0A: short = UInt8(ascii: "n")
    case 0x0D: short = UInt8(ascii: "r")
    case 0x09: short = UInt8(ascii: "t")
    default:
      // `<`, `>` and `&` too: a log may be shown in a page.
      return writeUnicode(UInt16(byte), to: out)
    }
    out[0] = 0x5C
    out[1] = short
    return out + 2
  }

  private static func writeUnicode(_ unit: UInt16, to out: UnsafeMutablePointer<UInt8>)
    -> UnsafeMutablePointer<
      UInt8
    >
  {
    out[0] = 0x5C
    out[1] = UInt8(ascii: "u")
    for digit in 0..<4 {
      let value = UInt8(truncatingIfNeeded: unit >> UInt16(12 - 4 * digit)) & 0xF
      out[2 + digit] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
    return out + 6
  }

  private static func writeCharacter(
    _ source: UnsafePointer<UInt8>, _ length: Int, to out: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    // What is malformed becomes U+FFFD, byte by byte. Line and paragraph separators end a line in JavaScript.
    if length == 0 { return writeUnicode(0xFFFD, to: out) }
    if length == 3 && source[0] == 0xE2 && source[1] == 0x80 && source[2] & 0xFE == 0xA8 {
      return writeUnicode(0x2000 | UInt16(source[2] & 0x3F), to: out)
    }
    for index in 0..<length { out[index] = source[index] }
    return out + length
  }

  /// How many bytes the character beyond ASCII at `source` has; 0 where it is malformed. Source: the Unicode Standard,
  /// table 3-7.
  static func characterLength(_ source: UnsafePointer<UInt8>, _ available: Int) -> Int {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch source[0] {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: return 0
    }
    guard available >= length && second.contains(source[1]) else { return 0 }
    for index in 2..<max(length, 2) where source[index] & 0xC0 != 0x80 { return 0 }
    return length
  }
}

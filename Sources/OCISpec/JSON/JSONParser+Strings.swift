extension JSONParser {
  /// Moves on to a string's closing quote; returns whether there are escapes on the way.
  mutating func skipString() throws(JSONSyntaxError) -> Bool {
    let start = position
    var escaped = false
    while true {
      let next = byte(position)
      if next == UInt8(ascii: "\"") { return escaped }
      if next == UInt8(ascii: "\\") {
        escaped = true
        try skipEscape()
      } else if next < 0x20 {
        if isEnd(position) { throw JSONSyntaxError(.openString, at: start - 1) }
        throw JSONSyntaxError(next == 0x0A || next == 0x0D ? .lineInString : .controlInString, at: position)
      } else if next < 0x80 {
        position += 1
      } else {
        let length = utf8Length(at: position)
        if length == 0 { throw JSONSyntaxError(.invalidUTF8, at: position) }
        position += length
      }
    }
  }

  private mutating func skipEscape() throws(JSONSyntaxError) {
    let start = position
    switch byte(position + 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit(at: position + 2, escape: start)
      position += 6
      if unit & 0xFC00 == 0xDC00 { throw JSONSyntaxError(.loneSurrogate, at: start) }
      if unit & 0xFC00 == 0xD800 {
        guard byte(position) == UInt8(ascii: "\\"), byte(position + 1) == UInt8(ascii: "u") else {
          throw JSONSyntaxError(.loneSurrogate, at: start)
        }
        let low = try codeUnit(at: position + 2, escape: position)
        if low & 0xFC00 != 0xDC00 { throw JSONSyntaxError(.loneSurrogate, at: start) }
        position += 6
      }
    case 0 where isEnd(position + 1): throw JSONSyntaxError(.openString, at: position)
    default: throw JSONSyntaxError(.invalidEscape, at: start)
    }
  }

  private func codeUnit(at offset: Int, escape: Int) throws(JSONSyntaxError) -> UInt32 {
    var unit: UInt32 = 0
    for index in offset..<offset + 4 {
      guard let digit = hexValue(byte(index)) else { throw JSONSyntaxError(.invalidHex, at: escape) }
      unit = unit << 4 | digit
    }
    return unit
  }

  /// The length of the well-formed UTF-8 sequence at an offset, 0 where it is malformed. Source: RFC 3629.
  private func utf8Length(at offset: Int) -> Int {
    let lead = byte(offset)
    let second = byte(offset + 1)
    switch lead {
    case 0xC2...0xDF: return isContinuation(second) ? 2 : 0
    case 0xE0...0xEF:
      // No overlong forms, no surrogates.
      let low: UInt8 = lead == 0xE0 ? 0xA0 : 0x80
      let high: UInt8 = lead == 0xED ? 0x9F : 0xBF
      return second >= low && second <= high && isContinuation(byte(offset + 2)) ? 3 : 0
    case 0xF0...0xF4:
      // No overlong forms, nothing above U+10FFFF.
      let low: UInt8 = lead == 0xF0 ? 0x90 : 0x80
      let high: UInt8 = lead == 0xF4 ? 0x8F : 0xBF
      return second >= low && second <= high && isContinuation(byte(offset + 2))
        && isContinuation(byte(offset + 3)) ? 4 : 0
    default: return 0
    }
  }

  private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}

/// The value of a hexadecimal digit.
func hexValue(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- UInt8(ascii: "a") &+ 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- UInt8(ascii: "A") &+ 10)
  default: nil
  }
}

/// Quoting as Go's strconv does it.
enum GoQuote {
  /// The text in double quotes, with what cannot be seen escaped.
  static func quoted(_ text: String, asciiOnly: Bool = false) -> String {
    var result = "\""
    for scalar in text.unicodeScalars { append(scalar, to: &result, quote: "\"", asciiOnly) }
    return result + "\""
  }

  /// A character in single quotes.
  static func quoted(_ scalar: Unicode.Scalar, asciiOnly: Bool = false) -> String {
    var result = "'"
    append(scalar, to: &result, quote: "'", asciiOnly)
    return result + "'"
  }

  /// Names a character, as in `U+0025 '%'`. Nil is the end of the text.
  static func codePoint(_ scalar: Unicode.Scalar?) -> String {
    guard let scalar else { return "U+FFFFFFFFFFFFFFFF" }
    let name = "U+" + hex(scalar.value, digits: 4, uppercase: true)
    return isPrintable(scalar) ? "\(name) '\(scalar)'" : name
  }

  /// Whether a character can be seen: a letter, mark, number, punctuation, symbol, or the space.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
      .paragraphSeparator:
      return false
    default: return true
    }
  }

  /// A number in hexadecimal with at least so many digits.
  static func hex(_ value: UInt32, digits: Int, uppercase: Bool = false) -> String {
    let text = String(value, radix: 16, uppercase: uppercase)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  private static func append(
    _ scalar: Unicode.Scalar, to result: inout String, quote: Unicode.Scalar, _ asciiOnly: Bool
  ) {
    switch scalar {
    case quote, "\\": result += "\\\(scalar)"
    case "\u{07}": result += "\\a"
    case "\u{08}": result += "\\b"
    case "\u{0C}": result += "\\f"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\u{0B}": result += "\\v"
    case _ where isPrintable(scalar) && (scalar.isASCII || !asciiOnly):
      result.unicodeScalars.append(scalar)
    case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\\x" + hex(scalar.value, digits: 2)
    case _ where scalar.value < 0x10000: result += "\\u" + hex(scalar.value, digits: 4)
    default: result += "\\U" + hex(scalar.value, digits: 8)
    }
  }
}

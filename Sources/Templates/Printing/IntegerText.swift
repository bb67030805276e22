/// Integers as Go's fmt writes them.
enum IntegerText {
  /// Nil if the directive's verb is none for integers.
  static func text(_ value: Int, _ directive: Directive) -> String? {
    switch directive.verb {
    case "v", "d": return number(value, 10, "", directive)
    case "b": return number(value, 2, directive.sharp ? "0b" : "", directive)
    case "o": return number(value, 8, directive.sharp ? "0" : "", directive)
    case "O": return number(value, 8, "0o", directive)
    case "x": return number(value, 16, directive.sharp ? "0x" : "", directive)
    case "X": return number(value, 16, directive.sharp ? "0X" : "", directive)
    case "c": return directive.pad(String(scalar(value)))
    case "q": return directive.pad(GoQuote.quoted(scalar(value), asciiOnly: directive.plus))
    case "U":
      let digits = String(UInt(bitPattern: value), radix: 16, uppercase: true)
      let wanted = max(directive.precision ?? 4, 4)
      var text = "U+" + String(repeating: "0", count: max(0, wanted - digits.utf8.count)) + digits
      if directive.sharp, let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init),
        GoQuote.isPrintable(scalar)
      {
        text += " '\(scalar)'"
      }
      return directive.padWithSpaces(text)
    default: return nil
    }
  }

  private static func scalar(_ value: Int) -> Unicode.Scalar {
    UInt32(exactly: value).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
  }

  private static func number(_ value: Int, _ radix: Int, _ prefix: String, _ directive: Directive) -> String {
    if directive.precision == 0, value == 0 { return directive.padWithSpaces("") }
    let sign = value < 0 ? "-" : directive.plus ? "+" : directive.space ? " " : ""
    var digits = String(value.magnitude, radix: radix, uppercase: directive.verb == "X")
    var wanted = directive.precision ?? 0
    if directive.precision == nil, directive.zero, !directive.minus, let width = directive.width {
      wanted = width - sign.utf8.count
    }
    if digits.utf8.count < wanted {
      digits = String(repeating: "0", count: wanted - digits.utf8.count) + digits
    }
    // An octal number begins with one 0 at least, and it may be there already.
    let isMarked = prefix == "0" && digits.utf8.first == UInt8(ascii: "0")
    return directive.padWithSpaces(sign + (isMarked ? "" : prefix) + digits)
  }
}

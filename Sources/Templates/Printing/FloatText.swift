/// Floating-point numbers as Go's strconv writes them.
enum FloatText {
  /// As `%v` writes it.
  static func shortest(_ value: Double) -> String {
    text(value, verb: "g", precision: nil)
  }

  /// As encoding/json writes it: with an exponent only for very large and very small numbers.
  static func json(_ value: Double) -> String {
    let magnitude = value.magnitude
    let isPlain = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)
    let text = text(value, verb: isPlain ? "f" : "e", precision: nil)
    // `e-09` is written `e-9`.
    guard !isPlain, let e = text.range(ofExponent: "e-0") else { return text }
    return text[..<e] + "e-" + text.utf8.suffix(1).map { String(Unicode.Scalar($0)) }.joined()
  }

  /// The number with its `-`, by the verb e, E, f, F, g or G. Without a precision, as many digits as are
  /// needed.
  static func text(_ value: Double, verb: Unicode.Scalar, precision: Int?) -> String {
    guard !value.isNaN else { return "NaN" }
    let sign = value.sign == .minus ? "-" : ""
    guard value.isFinite else { return value < 0 ? "-Inf" : "+Inf" }
    var decimal = precision == nil ? DecimalDigits(shortest: value) : DecimalDigits(exact: value)
    switch verb {
    case "e", "E":
      if let precision { decimal.round(to: precision + 1) }
      return sign + exponential(decimal, precision ?? max(decimal.digits.count - 1, 0), letter: String(verb))
    case "f", "F":
      if let precision { decimal.round(to: decimal.point + precision) }
      return sign + plain(decimal, precision ?? max(decimal.digits.count - decimal.point, 0))
    default:
      let letter = verb == "G" ? "E" : "e"
      let wanted = precision.map { max($0, 1) }
      if let wanted { decimal.round(to: wanted) }
      // The exponent from which on `%e` is used.
      var threshold = wanted ?? 6
      if let wanted, wanted > decimal.digits.count, decimal.digits.count >= decimal.point {
        threshold = decimal.digits.count
      }
      let exponent = decimal.digits.isEmpty ? 0 : decimal.point - 1
      if exponent < -4 || exponent >= threshold {
        return sign + exponential(decimal, max(decimal.digits.count - 1, 0), letter: letter)
      }
      return sign + plain(decimal, max(decimal.digits.count - decimal.point, 0))
    }
  }

  private static func exponential(_ decimal: DecimalDigits, _ precision: Int, letter: String) -> String {
    var text = String(decimal[0])
    if precision > 0 { text += "." + (1...precision).map { String(decimal[$0]) }.joined() }
    let exponent = decimal.digits.isEmpty ? 0 : decimal.point - 1
    text += letter + (exponent < 0 ? "-" : "+")
    return text + (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
  }

  private static func plain(_ decimal: DecimalDigits, _ precision: Int) -> String {
    var text = decimal.point > 0 ? (0..<decimal.point).map { String(decimal[$0]) }.joined() : "0"
    if precision > 0 {
      text += "." + (0..<precision).map { String(decimal[decimal.point + $0]) }.joined()
    }
    return text
  }
}

extension String {
  /// Where an exponent of one digit begins that was written with two.
  fileprivate func range(ofExponent prefix: String) -> String.Index? {
    guard utf8.count > 4 else { return nil }
    let start = utf8.index(endIndex, offsetBy: -4)
    return self[start...].hasPrefix(prefix) ? start : nil
  }
}

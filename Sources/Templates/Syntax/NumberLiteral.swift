/// A number or a character of a template. Which of its values is used depends on where it stands.
struct NumberLiteral: Sendable {
  /// As it stands in the template.
  let text: String
  /// Its value as an integer, if it is one: `1e3` is.
  let integer: Int?
  let double: Double?
  /// It is an integer that fits 64 bits without a sign only.
  let isUnsigned: Bool

  /// Whether it is a floating-point number where nothing else says which kind is wanted.
  var isDouble: Bool {
    guard double != nil, !text.utf8.starts(with: "'".utf8) else { return false }
    if NumberLiteral.isHexadecimal(text) { return text.utf8.contains { $0 | 0x20 == UInt8(ascii: "p") } }
    return NumberLiteral.looksFractional(text)
  }

  /// Reads a character such as `'a'`. Nil if it is none.
  init?(character text: String) {
    guard let scalars = Unquoted.scalars(text), scalars.count == 1 else { return nil }
    self.init(text: text, integer: Int(scalars[0]), double: Double(scalars[0]), isUnsigned: false)
  }

  /// Reads a number in Go's syntax: decimal, `0x`, `0o` or `0`, `0b`, `_` between digits, an exponent.
  init?(number text: String) {
    guard let digits = NumberLiteral.withoutUnderscores(text) else { return nil }
    let unsigned = NumberLiteral.magnitude(digits)
    let isNegative = digits.utf8.first == UInt8(ascii: "-")
    var integer = unsigned.flatMap {
      $0.flatMap { isNegative ? Int(exactly: 0 - Int128($0)) : Int(exactly: $0) }
    }
    if unsigned != nil {
      let fits = unsigned! != nil
      guard integer != nil || (fits && !isNegative) else { return nil }
      let double = integer.map(Double.init) ?? unsigned!.map(Double.init)
      self.init(text: text, integer: integer, double: double, isUnsigned: integer == nil)
      return
    }
    let isHexadecimal = NumberLiteral.isHexadecimal(text)
    // In hexadecimal, only the exponent says that it is no integer.
    guard
      isHexadecimal ? text.utf8.contains(where: { $0 | 0x20 == 0x70 }) : NumberLiteral.looksFractional(text),
      let double = Double(digits), double.isFinite
    else { return nil }
    integer = Int(exactly: double)
    self.init(text: text, integer: integer, double: double, isUnsigned: false)
  }

  private static func isHexadecimal(_ text: String) -> Bool {
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    return digits.dropFirst().first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
  }

  private static func looksFractional(_ text: String) -> Bool {
    text.utf8.contains { ".eEpP".utf8.contains($0) }
  }

  /// Why a text is no number.
  static func refusal(of text: String) -> String {
    let isTooLarge = !looksFractional(text) && withoutUnderscores(text).flatMap { Double($0) } != nil
    return "\(isTooLarge ? "integer overflow" : "illegal number syntax"): \(GoQuote.quoted(text))"
  }

  /// Why a text in single quotes is no character.
  static func refusal(ofCharacter text: String) -> String {
    guard let scalars = Unquoted.scalars(text), !scalars.isEmpty else { return "invalid syntax" }
    return "malformed character constant: \(text)"
  }

  private init(text: String, integer: Int?, double: Double?, isUnsigned: Bool) {
    self.text = text
    self.integer = integer
    self.double = double
    self.isUnsigned = isUnsigned
  }

  /// The number without its sign if the text is that of an integer; the inner nil is one that does not fit.
  private static func magnitude(_ text: String) -> UInt64?? {
    var digits = text[...]
    if let sign = digits.first, sign == "+" || sign == "-" { digits.removeFirst() }
    var radix = 10
    if digits.utf8.first == UInt8(ascii: "0"), digits.utf8.count > 1 {
      switch digits.utf8.dropFirst().first! | 0x20 {
      case UInt8(ascii: "x"): (radix, digits) = (16, digits.dropFirst(2))
      case UInt8(ascii: "o"): (radix, digits) = (8, digits.dropFirst(2))
      case UInt8(ascii: "b"): (radix, digits) = (2, digits.dropFirst(2))
      default: radix = 8
      }
    }
    let allDigits = digits.utf8.allSatisfy { byte in
      Character(Unicode.Scalar(byte)).hexDigitValue.map { $0 < radix } ?? false
    }
    guard allDigits, !digits.isEmpty else { return nil }
    return .some(UInt64(digits, radix: radix))
  }

  /// The text without the `_` between its digits. Nil where one stands elsewhere.
  private static func withoutUnderscores(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "_")) else { return text }
    var kept: [UInt8] = []
    func isDigit(_ index: Int) -> Bool {
      bytes.indices.contains(index) && Character(Unicode.Scalar(bytes[index])).hexDigitValue != nil
    }
    for (index, byte) in bytes.enumerated() {
      guard byte == UInt8(ascii: "_") else {
        kept.append(byte)
        continue
      }
      // After a prefix such as `0x` one may stand, too.
      let afterPrefix = index > 1 && "xXoO".utf8.contains(bytes[index - 1])
      guard isDigit(index - 1) || afterPrefix, isDigit(index + 1) else { return nil }
    }
    return String(decoding: kept, as: UTF8.self)
  }
}

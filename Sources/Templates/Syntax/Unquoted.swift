/// Reading Go's quoted strings and characters.
enum Unquoted {
  /// The text that a literal in double quotes or back quotes means. Nil if it means none.
  static func string(_ literal: String) -> String? {
    if literal.utf8.first == UInt8(ascii: "`") {
      let inner = literal.utf8.dropFirst().dropLast().filter { $0 != UInt8(ascii: "\r") }
      return String(decoding: inner, as: UTF8.self)
    }
    guard let bytes = content(literal) else { return nil }
    return String(decoding: bytes.flatMap(\.bytes), as: UTF8.self)
  }

  /// The numbers of the characters that a literal in single quotes holds.
  static func scalars(_ literal: String) -> [UInt32]? {
    content(literal)?.map(\.value)
  }

  /// A character, or one byte that was written as a number.
  private struct Unit {
    let value: UInt32
    let isByte: Bool

    var bytes: [UInt8] {
      if isByte { return [UInt8(value)] }
      return Unicode.Scalar(value).map { Array(String($0).utf8) } ?? []
    }
  }

  private static func content(_ literal: String) -> [Unit]? {
    guard let quote = literal.unicodeScalars.first, literal.utf8.count > 1 else { return nil }
    var rest = literal.unicodeScalars.dropFirst().dropLast()
    var units: [Unit] = []
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        guard scalar != quote, scalar != "\n" else { return nil }
        units.append(Unit(value: scalar.value, isByte: false))
        continue
      }
      guard let unit = escape(&rest, quote) else { return nil }
      units.append(unit)
    }
    return units
  }

  private static func escape(
    _ rest: inout Substring.UnicodeScalarView, _ quote: Unicode.Scalar
  ) -> Unit? {
    guard let letter = rest.popFirst() else { return nil }
    let simple: [Unicode.Scalar: UInt32] = [
      "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92,
    ]
    if let value = simple[letter] { return Unit(value: value, isByte: false) }
    switch letter {
    case quote: return Unit(value: quote.value, isByte: false)
    case "x": return digits(&rest, 2, radix: 16).map { Unit(value: $0, isByte: true) }
    case "u", "U":
      guard let value = digits(&rest, letter == "u" ? 4 : 8, radix: 16), Unicode.Scalar(value) != nil else {
        return nil
      }
      return Unit(value: value, isByte: false)
    case "0"..."7":
      guard let low = digits(&rest, 2, radix: 8) else { return nil }
      let value = (letter.value - 0x30) * 64 + low
      return value < 256 ? Unit(value: value, isByte: true) : nil
    default: return nil
    }
  }

  private static func digits(
    _ rest: inout Substring.UnicodeScalarView, _ count: Int, radix: UInt32
  ) -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let scalar = rest.popFirst(), scalar.isASCII,
        let digit = Character(scalar).hexDigitValue, digit < radix
      else { return nil }
      value = value &* radix &+ UInt32(digit)
    }
    return value
  }
}

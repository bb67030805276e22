/// Values of D-Bus in the text form of GVariant: `'text'`, `true`, `uint64 5`, `[1, 2]`, `('a', 5)`, `@au []`.
///
/// Variants and dictionaries are refused: no property that a scope can be given has them. Source: "GVariant Text
/// Format" in GLib's manual.
struct PropertyText {
  struct Mistake: Error, Equatable { var reason: String }

  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  static func parse(_ text: String) throws(Mistake) -> BusValue {
    var parser = PropertyText(text: Array(text.unicodeScalars))
    let node = try parser.node()
    parser.skipBlanks()
    if let rest = parser.peek { throw Mistake(reason: "unexpected `\(rest)` behind the value") }
    return try node.value(as: node.type())
  }

  private init(text: [Unicode.Scalar]) { self.text = text }

  // MARK: Reading

  private var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private mutating func skipBlanks() {
    while let next = peek, " \t\n\r".unicodeScalars.contains(next) { position += 1 }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipBlanks()
    if peek != scalar { return false }
    position += 1
    return true
  }

  private mutating func node() throws(Mistake) -> PropertyNode {
    skipBlanks()
    guard let first = peek else { throw Mistake(reason: "a value is missing") }
    depth += 1
    defer { depth -= 1 }
    if depth > 32 { throw Mistake(reason: "is nested too deeply") }
    switch first {
    case "'", "\"": return .string(try string(first))
    case "[": return .array(try list("[", "]"))
    case "(": return .tuple(try list("(", ")"))
    case "<", "{": throw Mistake(reason: "variants and dictionaries are not supported")
    case "@":
      position += 1
      let signature = word()
      try PropertyNode.check(signature)
      return .typed(signature, try node())
    default: return try keywordOrNumber()
    }
  }

  private mutating func list(_ open: Unicode.Scalar, _ close: Unicode.Scalar) throws(Mistake)
    -> [PropertyNode]
  {
    _ = take(open)
    var nodes: [PropertyNode] = []
    while !take(close) {
      // The last comma may stay away, and, in a tuple of one, is there.
      if !nodes.isEmpty, !take(",") { throw Mistake(reason: "`,` or `\(close)` is missing") }
      if take(close) { break }
      nodes.append(try node())
    }
    return nodes
  }

  private mutating func word() -> String {
    var word = String.UnicodeScalarView()
    while let next = peek, !" \t\n\r,]'\"[<{@".unicodeScalars.contains(next) {
      // A signature has parentheses of its own, a value ends at the one around it.
      if next == ")", !word.contains("(") { break }
      word.append(next)
      position += 1
    }
    return String(word)
  }

  private static let keywords: [String: String] = [
    "boolean": "b", "byte": "y", "int16": "n", "uint16": "q", "int32": "i", "uint32": "u", "int64": "x",
    "uint64": "t", "double": "d", "string": "s", "objectpath": "o", "signature": "g",
  ]

  private mutating func keywordOrNumber() throws(Mistake) -> PropertyNode {
    let word = word()
    if let signature = Self.keywords[word] { return .typed(signature, try node()) }
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "b" where peek == "'" || peek == "\"":
      let bytes = Array(try string(peek!).utf8) + [0]
      return .typed("ay", .array(bytes.map { .number(String($0)) }))
    default: break
    }
    guard let first = word.utf8.first, "+-.0123456789".utf8.contains(first) || word == "inf" || word == "nan"
    else {
      throw Mistake(reason: "`\(word)` is no value: a text stands in quotes, as in 'text'")
    }
    return .number(word)
  }

  private mutating func string(_ quote: Unicode.Scalar) throws(Mistake) -> String {
    position += 1
    var result = String.UnicodeScalarView()
    while let next = peek {
      position += 1
      if next == quote { return String(result) }
      if next != "\\" {
        result.append(next)
        continue
      }
      guard let escaped = peek else { break }
      position += 1
      switch escaped {
      case "n": result.append("\n")
      case "t": result.append("\t")
      case "r": result.append("\r")
      case "a": result.append("\u{7}")
      case "b": result.append("\u{8}")
      case "f": result.append("\u{c}")
      case "v": result.append("\u{b}")
      case "u": result.append(try hexadecimal(4))
      case "U": result.append(try hexadecimal(8))
      default: result.append(escaped)
      }
    }
    throw Mistake(reason: "the quote \(quote) is not closed")
  }

  private mutating func hexadecimal(_ digits: Int) throws(Mistake) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let next = peek, let digit = Character(next).hexDigitValue else { break }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    guard value > 0, let scalar = Unicode.Scalar(value) else {
      throw Mistake(reason: "\\u and \\U need the number of a character")
    }
    return scalar
  }
}

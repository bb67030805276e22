/// What stands inside an action.
extension Lexer {
  /// Reads one element. False after an error.
  mutating func element() -> Bool {
    guard let first = byte() else { return fail("unclosed action") }
    switch first {
    case _ where Lexer.isSpace(first): space()
    case UInt8(ascii: "="): single(.assign)
    case UInt8(ascii: "|"): single(.pipe)
    case UInt8(ascii: ":"):
      guard byte(1) == UInt8(ascii: "=") else { return fail("expected :=") }
      position += 2
      emit(.declare)
    case UInt8(ascii: "("):
      single(.leftParenthesis)
      open()
    case UInt8(ascii: ")"):
      single(.rightParenthesis)
      guard closeParenthesis() else { return fail("unexpected right paren U+0029 ')'") }
    case UInt8(ascii: "\""): return quoted(first, .string, "unterminated quoted string")
    case UInt8(ascii: "'"): return quoted(first, .characterLiteral, "unterminated character constant")
    case UInt8(ascii: "`"): return raw()
    case UInt8(ascii: "$"): return name(.variable)
    case UInt8(ascii: "."):
      // A dot may begin a number.
      if let next = byte(1), next < 0x30 || next > 0x39 { return name(.field) }
      return number()
    case UInt8(ascii: "+"), UInt8(ascii: "-"), 0x30...0x39: return number()
    default:
      let scalar = scalar()
      if isWordScalar(scalar) { return word() }
      guard first < 0x7F, first > 0x20 else {
        return fail("unrecognized character in action: \(GoQuote.codePoint(scalar))")
      }
      single(.character)
    }
    return true
  }

  private mutating func single(_ kind: Token.Kind) {
    position += 1
    emit(kind)
  }

  /// Reads white space, but not the one that belongs to ` -}}`.
  private mutating func space() {
    while let next = byte(), Lexer.isSpace(next), rightDelimiter() == nil { position += 1 }
    if position > start { emit(.space) }
  }

  private mutating func quoted(_ quote: UInt8, _ kind: Token.Kind, _ unterminated: String) -> Bool {
    position += 1
    while let next = byte(), next != UInt8(ascii: "\n") {
      if next == quote {
        single(kind)
        return true
      }
      if next == UInt8(ascii: "\\"), byte(1) != UInt8(ascii: "\n") { position += 1 }
      position += 1
    }
    position = min(position, bytes.count)
    return fail(unterminated)
  }

  private mutating func raw() -> Bool {
    position += 1
    while let next = byte() {
      if next == UInt8(ascii: "`") {
        single(.rawString)
        return true
      }
      position += 1
    }
    return fail("unterminated raw quoted string")
  }

  /// Reads `.name`, `$name`, `.` or `$`.
  private mutating func name(_ kind: Token.Kind) -> Bool {
    position += 1
    guard !isAtTerminator() else {
      emit(kind == .field ? .dot : kind)
      return true
    }
    skipWord()
    guard isAtTerminator() else { return fail("bad character \(GoQuote.codePoint(scalar()))") }
    emit(kind)
    return true
  }

  private mutating func word() -> Bool {
    skipWord()
    guard isAtTerminator() else { return fail("bad character \(GoQuote.codePoint(scalar()))") }
    switch slice(start, position) {
    case "nil": emit(.nilLiteral)
    case "true", "false": emit(.boolean)
    case let word: emit(Token.keywords.contains(word) ? .keyword : .identifier)
    }
    return true
  }

  private mutating func number() -> Bool {
    _ = accept("+-")
    var digits: StaticString = "0123456789_"
    var exponent: StaticString = "eE"
    if accept("0") {
      if accept("xX") {
        digits = "0123456789abcdefABCDEF_"
        exponent = "pP"
      } else if accept("oO") {
        digits = "01234567_"
        exponent = ""
      } else if accept("bB") {
        digits = "01_"
        exponent = ""
      }
    }
    while accept(digits) {}
    if accept(".") {
      while accept(digits) {}
    }
    if accept(exponent) {
      _ = accept("+-")
      while accept("0123456789_") {}
    }
    // The mark of a complex number belongs to it, though there are none here: nothing that is printed is one.
    _ = accept("i")
    let next = byte()
    if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") || isWordScalar(scalar()) {
      if next != nil { position += scalar().map { UTF8.width($0) } ?? 1 }
      return fail("bad number syntax: \(GoQuote.quoted(slice(start, min(position, bytes.count))))")
    }
    emit(.number)
    return true
  }

  private mutating func accept(_ set: StaticString) -> Bool {
    guard let next = byte(), set.withUTF8Buffer({ $0.contains(next) }) else { return false }
    position += 1
    return true
  }

  private mutating func skipWord() {
    while let scalar = scalar(), isWordScalar(scalar) { position += UTF8.width(scalar) }
  }

  /// Whether the element before may end here.
  private func isAtTerminator() -> Bool {
    guard let next = byte() else { return true }
    return Lexer.isSpace(next) || ".,|:()".utf8.contains(next) || isAt("}}")
  }

  private func isWordScalar(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return false }
    if scalar.isASCII {
      return scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
      return true
    default: return false
    }
  }

  /// The character here. Nil at the end.
  private func scalar() -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    var decoder = UTF8()
    var rest = bytes[position..<min(position + 4, bytes.count)].makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&rest) { return scalar }
    return "\u{FFFD}"
  }
}

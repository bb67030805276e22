/// Cuts a template's text into tokens.
///
/// Outside of `{{` and `}}` everything is text; `{{-` and `-}}` take the white space beside them away.
struct Lexer {
  let bytes: [UInt8]
  var position = 0
  /// Where the token that is being read begins.
  var start = 0
  private(set) var tokens: [Token] = []
  private var parentheses = 0
  /// The line of `counted`, so that a newline is counted once.
  private var line = 1
  private var counted = 0

  private init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// All tokens of a template. The last one is `end` or `error`.
  static func tokens(of text: String) -> [Token] {
    var lexer = Lexer(text)
    while lexer.text() && lexer.action() {}
    return lexer.tokens
  }

  mutating func emit(_ kind: Token.Kind) {
    tokens.append(Token(kind: kind, text: slice(start, position), position: start, line: line(at: start)))
    start = position
  }

  /// Ends the tokens with an error; always false.
  mutating func fail(_ reason: String) -> Bool {
    tokens.append(Token(kind: .error, text: reason, position: start, line: line(at: start)))
    return false
  }

  func slice(_ from: Int, _ to: Int) -> String { String(decoding: bytes[from..<to], as: UTF8.self) }

  private mutating func line(at offset: Int) -> Int {
    while counted < offset {
      if bytes[counted] == UInt8(ascii: "\n") { line += 1 }
      counted += 1
    }
    return line
  }

  func byte(_ ahead: Int = 0) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  func isAt(_ word: StaticString, _ ahead: Int = 0) -> Bool {
    word.withUTF8Buffer { bytes.dropFirst(position + ahead).starts(with: $0) }
  }

  /// Reads up to the next action. False at the end.
  private mutating func text() -> Bool {
    while position < bytes.count, !isAt("{{") { position += 1 }
    guard position < bytes.count else {
      if position > start { emit(.text) }
      emit(.end)
      return false
    }
    let delimiter = position
    if isLeftTrim(2) {
      while position > start, Lexer.isSpace(bytes[position - 1]) { position -= 1 }
    }
    if position > start { emit(.text) }
    position = delimiter
    start = position
    return true
  }

  /// Reads an action or a comment, with its delimiters. False after an error.
  private mutating func action() -> Bool {
    let trim = isLeftTrim(2) ? 2 : 0
    if isAt("/*", 2 + trim) {
      position += 2 + trim
      start = position
      return comment()
    }
    position += 2
    emit(.leftDelimiter)
    position += trim
    start = position
    parentheses = 0
    while true {
      if let trims = rightDelimiter() {
        guard parentheses == 0 else { return fail("unclosed left paren") }
        close(trims)
        return true
      }
      guard element() else { return false }
    }
  }

  private mutating func comment() -> Bool {
    position += 2
    while position < bytes.count, !isAt("*/") { position += 1 }
    guard position < bytes.count else {
      return fail("unclosed comment")
    }
    position += 2
    guard let trims = rightDelimiter() else { return fail("comment ends before closing delimiter") }
    skipDelimiter(trims)
    start = position
    return true
  }

  private mutating func close(_ trims: Bool) {
    if trims {
      position += 2
      start = position
    }
    position += 2
    emit(.rightDelimiter)
    if trims { skipSpace() }
    start = position
  }

  private mutating func skipDelimiter(_ trims: Bool) {
    position += trims ? 4 : 2
    if trims { skipSpace() }
  }

  private mutating func skipSpace() {
    while let next = byte(), Lexer.isSpace(next) { position += 1 }
  }

  /// Whether a closing delimiter stands here, and whether it trims. Nil: none.
  func rightDelimiter() -> Bool? {
    if let first = byte(), Lexer.isSpace(first), isAt("-}}", 1) { return true }
    return isAt("}}") ? false : nil
  }

  private func isLeftTrim(_ ahead: Int) -> Bool {
    guard byte(ahead) == UInt8(ascii: "-"), let next = byte(ahead + 1) else { return false }
    return Lexer.isSpace(next)
  }

  mutating func open() { parentheses += 1 }

  /// Counts a closing parenthesis. False when none is open.
  mutating func closeParenthesis() -> Bool {
    parentheses -= 1
    return parentheses >= 0
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }
}

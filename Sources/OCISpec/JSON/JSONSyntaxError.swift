/// What is malformed in a JSON text, and where.
struct JSONSyntaxError: Error {
  enum Problem {
    case empty, byteOrderMark, trailing, tooDeep
    case expectedValue, expectedElementAfterComma
    case expectedName, expectedNameAfterComma, expectedColon, expectedCommaOrBrace, expectedCommaOrBracket
    case expectedDigit, leadingZero
    case openString, lineInString, controlInString, invalidEscape, invalidHex, loneSurrogate, invalidUTF8
  }

  var problem: Problem
  /// The offset in bytes.
  var offset: Int

  init(_ problem: Problem, at offset: Int) {
    self.problem = problem
    self.offset = offset
  }

  /// The error for people, with line and column (in characters), both counted from 1.
  func described(in bytes: [UInt8], name: String) -> SpecError {
    if problem == .empty { return SpecError(name, "is empty") }
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    let found = self.found(in: bytes)
    return SpecError("\(name): line \(line), column \(column)", reason(found), hint: hint(found))
  }

  /// What stands at the place of the error, for people.
  private func found(in bytes: [UInt8]) -> String {
    guard offset < bytes.count else { return "the end of the text" }
    let byte = bytes[offset]
    guard byte > 0x20, byte < 0x7F else { return "byte 0x" + hexText(byte) }
    return "'" + String(Unicode.Scalar(byte)) + "'"
  }

  private func reason(_ found: String) -> String {
    switch problem {
    case .empty: "is empty"
    case .byteOrderMark: "begins with a byte order mark"
    case .trailing: "expected the end of the text, found \(found)"
    case .tooDeep: "is nested more than \(JSONDocument.maximumDepth) levels deep"
    case .expectedValue: "expected a value, found \(found)"
    case .expectedElementAfterComma: "expected a value after ',', found ']'"
    case .expectedName: "expected a name in double quotes or '}', found \(found)"
    case .expectedNameAfterComma: "expected a name in double quotes after ',', found \(found)"
    case .expectedColon: "expected ':' after a name, found \(found)"
    case .expectedCommaOrBrace: "expected ',' or '}' after a value, found \(found)"
    case .expectedCommaOrBracket: "expected ',' or ']' after a value, found \(found)"
    case .expectedDigit: "expected a digit, found \(found)"
    case .leadingZero: "a number must not begin with 0"
    case .openString: "the string that begins here is not closed"
    case .lineInString: "the line ends inside a string"
    case .controlInString: "a string must not contain \(found) unescaped"
    case .invalidEscape: "unknown escape in a string"
    case .invalidHex: "\\u needs four hexadecimal digits"
    case .loneSurrogate: "half of a surrogate pair in a string"
    case .invalidUTF8: "invalid UTF-8 in a string"
    }
  }

  private func hint(_ found: String) -> String? {
    switch (problem, found) {
    case (.expectedElementAfterComma, _), (.expectedNameAfterComma, "'}'"):
      "remove the comma before it"
    case (_, "'/'"), (_, "'#'"): "JSON has no comments"
    case (.expectedValue, "'''"), (.expectedName, "'''"), (.expectedNameAfterComma, "'''"):
      "use double quotes"
    default: nil
    }
  }
}

/// A byte as two hexadecimal digits.
func hexText(_ byte: UInt8) -> String {
  (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
}

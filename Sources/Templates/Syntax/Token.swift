/// A piece of a template's text.
struct Token: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case text, leftDelimiter, rightDelimiter, end
    case space, pipe, leftParenthesis, rightParenthesis, declare, assign, character
    case dot, field, variable, identifier, keyword
    case boolean, nilLiteral, number, characterLiteral, string, rawString
    /// The text is what is wrong; no token follows.
    case error
  }

  let kind: Kind
  /// What stands in the template.
  let text: String
  /// Where it stands: bytes from the start of the template.
  let position: Int
  /// The line it begins in, from 1.
  let line: Int

  static let keywords: Set<String> = [
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with",
  ]

  func isKeyword(_ word: String) -> Bool { kind == .keyword && text == word }

  /// How an error message names the token.
  var name: String {
    switch kind {
    case .end: return "EOF"
    case .error: return text
    case .keyword, .nilLiteral, .dot: return "<\(text)>"
    default:
      let scalars = text.unicodeScalars
      guard text.utf8.count > 10 else { return GoQuote.quoted(text) }
      return GoQuote.quoted(String(String.UnicodeScalarView(scalars.prefix(10)))) + "..."
    }
  }
}

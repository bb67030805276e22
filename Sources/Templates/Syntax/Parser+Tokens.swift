/// The tokens that are read next, and what is wrong with them.
extension Parser {
  /// The next token; the last one is returned again and again.
  mutating func next() -> Token {
    let token = peek()
    if index < tokens.count - 1 { index += 1 }
    return token
  }

  mutating func peek() -> Token {
    furthest = max(furthest, index)
    return tokens[index]
  }

  mutating func nextNonSpace() -> Token {
    let token = peekNonSpace()
    return token.kind == .end || token.kind == .error ? token : next()
  }

  mutating func peekNonSpace() -> Token {
    while tokens[index].kind == .space { index += 1 }
    return peek()
  }

  /// Goes back to the token before.
  mutating func backUp() { index = max(0, index - 1) }

  func peekAfterDelimiter() -> Token {
    var after = index + 1
    while after < tokens.count - 1, tokens[after].kind == .space { after += 1 }
    return tokens[min(after, tokens.count - 1)]
  }

  mutating func expect(_ kind: Token.Kind, _ context: String) throws(TemplateError) {
    let token = nextNonSpace()
    guard token.kind == kind else { throw unexpected(token, context) }
  }

  // MARK: Errors

  mutating func descend() throws(TemplateError) {
    depth += 1
    guard depth <= Parser.maximumDepth else {
      throw error("nested more than \(Parser.maximumDepth) levels deep")
    }
  }

  mutating func ascend() { depth -= 1 }

  func error(_ reason: String) -> TemplateError {
    .parsing(reason, name: name, line: tokens[furthest].line)
  }

  func unexpected(_ token: Token, _ context: String) -> TemplateError {
    guard token.kind == .error else { return error("unexpected \(token.name) in \(context)") }
    var started = ""
    if let actionLine, actionLine != token.line {
      started = token.text.hasSuffix(" action") ? " started at " : " in action started at "
      started += "\(name):\(actionLine)"
    }
    return error(token.text + started)
  }
}

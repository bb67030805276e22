/// Reads what stands inside an action: pipelines, commands, operands.
extension Parser {
  /// Reads a pipeline and the token that ends it.
  mutating func pipeline(_ context: String, until end: Token.Kind) throws(TemplateError) -> Pipeline {
    try descend()
    var pipeline = Pipeline(position: peekNonSpace().position)
    try declarations(&pipeline, context)
    while true {
      let token = nextNonSpace()
      switch token.kind {
      case end:
        try check(pipeline, context)
        ascend()
        return pipeline
      case .boolean, .characterLiteral, .dot, .field, .identifier, .number, .nilLiteral, .rawString, .string,
        .variable, .leftParenthesis:
        backUp()
        pipeline.commands.append(try command())
      default: throw unexpected(token, context)
      }
    }
  }

  /// Reads `$x :=`, `$x =` and `$i, $e :=`, if one of them stands here.
  private mutating func declarations(_ pipeline: inout Pipeline, _ context: String) throws(TemplateError) {
    while peekNonSpace().kind == .variable {
      let here = index
      let variable = next()
      let following = peekNonSpace()
      let isList = following.kind == .character && following.text == ","
      guard following.kind == .assign || following.kind == .declare || isList else {
        index = here
        return
      }
      _ = nextNonSpace()
      pipeline.isAssignment = following.kind == .assign
      pipeline.declared.append(variable.text)
      variables.append(variable.text)
      guard isList else { return }
      guard context == "range", pipeline.declared.count < 2 else {
        throw error("too many declarations in \(context)")
      }
      switch peekNonSpace().kind {
      case .variable, .rightDelimiter, .rightParenthesis: break
      default: throw error("range can only initialize variables")
      }
    }
  }

  private func check(_ pipeline: Pipeline, _ context: String) throws(TemplateError) {
    if pipeline.commands.isEmpty { throw error("missing value for \(context)") }
    for (index, command) in pipeline.commands.enumerated().dropFirst() {
      switch command.operands[0].term {
      case .boolean, .dot, .nilLiteral, .number, .string:
        throw error("non executable command in pipeline stage \(index + 1)")
      default: continue
      }
    }
  }

  private mutating func command() throws(TemplateError) -> Command {
    var command = Command(position: peekNonSpace().position)
    reading: while true {
      _ = peekNonSpace()
      if let operand = try operand() { command.operands.append(operand) }
      let token = next()
      switch token.kind {
      case .space: continue
      case .rightDelimiter, .rightParenthesis:
        backUp()
        break reading
      case .pipe: break reading
      default: throw unexpected(token, "operand")
      }
    }
    if command.operands.isEmpty { throw error("empty command") }
    return command
  }

  /// Reads a term and the fields of it that follow without a space.
  private mutating func operand() throws(TemplateError) -> Operand? {
    guard let term = try term() else { return nil }
    let position = peek().position
    var names: [String] = []
    while peek().kind == .field { names.append(String(next().text.dropFirst())) }
    guard !names.isEmpty else { return term }
    switch term.term {
    case .field(let first): return Operand(position: position, term: .field(first + names))
    case .variable(let name, let first):
      return Operand(position: position, term: .variable(name, first + names))
    case .boolean, .string, .number, .nilLiteral, .dot:
      throw error("unexpected . after term \(GoQuote.quoted(term.text))")
    case .function, .pipeline, .chain: return Operand(position: position, term: .chain(term, names))
    }
  }

  private mutating func term() throws(TemplateError) -> Operand? {
    let token = nextNonSpace()
    func operand(_ term: Operand.Term) -> Operand { Operand(position: token.position, term: term) }
    switch token.kind {
    case .identifier:
      guard functions.contains(token.text) else {
        if token.text == "call" {
          throw error("function \"call\" is not supported: no value here is a function")
        }
        throw error("function \(GoQuote.quoted(token.text)) not defined")
      }
      return operand(.function(token.text))
    case .dot: return operand(.dot)
    case .nilLiteral: return operand(.nilLiteral)
    case .variable:
      guard variables.contains(token.text) else {
        throw error("undefined variable \(GoQuote.quoted(token.text))")
      }
      return operand(.variable(token.text, []))
    case .field: return operand(.field([String(token.text.dropFirst())]))
    case .boolean: return operand(.boolean(token.text == "true"))
    case .number:
      guard let number = NumberLiteral(number: token.text) else {
        throw error(NumberLiteral.refusal(of: token.text))
      }
      return operand(.number(number))
    case .characterLiteral:
      guard let number = NumberLiteral(character: token.text) else {
        throw error(NumberLiteral.refusal(ofCharacter: token.text))
      }
      return operand(.number(number))
    case .leftParenthesis:
      let inner = try pipeline("parenthesized pipeline", until: .rightParenthesis)
      return Operand(position: inner.position, term: .pipeline(inner))
    case .string, .rawString:
      guard let text = Unquoted.string(token.text) else { throw error("invalid syntax") }
      return operand(.string(text, source: token.text))
    default:
      if token.kind != .end && token.kind != .error { backUp() }
      return nil
    }
  }
}

/// Reads a template's text: the statements.
///
/// What is defined by `define` and `block` is gathered by name beside the template itself.
struct Parser {
  /// How deep parentheses and statements may stand in each other. Each level costs stack, here and in the
  /// evaluation; nobody writes twenty.
  static let maximumDepth = 60

  /// The template's name, for messages.
  let name: String
  /// Templates that were defined, by name.
  private(set) var definitions: [String: [Node]] = [:]
  /// The names of functions that may be called.
  let functions: Set<String>

  let tokens: [Token]
  var index = 0
  /// The last token that was looked at: its line is an error's line.
  var furthest = 0
  /// The variables in scope, with their `$`.
  var variables: [String] = ["$"]
  private var ranges = 0
  var depth = 0
  /// The line where the current action began.
  var actionLine: Int?

  init(_ text: String, name: String, functions: Set<String>) {
    self.name = name
    self.functions = functions
    tokens = Lexer.tokens(of: text)
  }

  /// Reads the whole template. Call it once.
  mutating func parse() throws(TemplateError) -> [Node] {
    var nodes: [Node] = []
    while peek().kind != .end {
      if peek().kind == .leftDelimiter, peekAfterDelimiter().isKeyword("define") {
        _ = next()
        _ = nextNonSpace()
        try definition()
        continue
      }
      switch try statement() {
      case .node(let node): nodes.append(node)
      case .end: throw error("unexpected {{end}}")
      case .otherwise: throw error("unexpected {{else}}")
      }
    }
    return nodes
  }

  private enum Statement {
    case node(Node)
    case end
    /// `else`, or `else if` and `else with`, whose keyword comes next.
    case otherwise
  }

  private mutating func definition() throws(TemplateError) {
    let name = try templateName("define clause")
    try expect(.rightDelimiter, "define clause")
    try define(name, context: "define clause")
  }

  /// Reads the body of a template up to its end.
  private mutating func define(_ name: String, context: String) throws(TemplateError) {
    // A template sees neither the variables nor the loops around the place where it is written.
    let outside = (variables, ranges)
    (variables, ranges) = (["$"], 0)
    let (body, end) = try list()
    if case .otherwise = end { throw error("unexpected {{else}} in \(context)") }
    (variables, ranges) = outside
    if let known = definitions[name], !Parser.isEmpty(known) {
      if !Parser.isEmpty(body) {
        throw error("template: multiple definition of template \(GoQuote.quoted(name))")
      }
      return
    }
    definitions[name] = body
  }

  /// Whether nodes print nothing but white space.
  static func isEmpty(_ nodes: [Node]) -> Bool {
    nodes.allSatisfy { node in
      if case .text(let text) = node { return text.utf8.allSatisfy { Lexer.isSpace($0) } }
      return false
    }
  }

  /// Reads statements up to `end` or `else`.
  private mutating func list() throws(TemplateError) -> (nodes: [Node], end: Statement) {
    try descend()
    var nodes: [Node] = []
    while peekNonSpace().kind != .end {
      let statement = try statement()
      guard case .node(let node) = statement else {
        ascend()
        return (nodes, statement)
      }
      nodes.append(node)
    }
    throw error("unexpected EOF")
  }

  private mutating func statement() throws(TemplateError) -> Statement {
    let token = nextNonSpace()
    switch token.kind {
    case .text: return .node(.text(token.text))
    case .leftDelimiter:
      actionLine = token.line
      let result = try action()
      actionLine = nil
      return result
    default: throw unexpected(token, "input")
    }
  }

  private mutating func action() throws(TemplateError) -> Statement {
    guard peekNonSpace().kind == .keyword else {
      return .node(.action(try pipeline("command", until: .rightDelimiter)))
    }
    let token = next()
    switch token.text {
    case "if": return .node(try control(.branch))
    case "with": return .node(try control(.with))
    case "range": return .node(try control(.range))
    case "end":
      try expect(.rightDelimiter, "end")
      return .end
    case "else":
      if !isAtElseIf() { try expect(.rightDelimiter, "else") }
      return .otherwise
    case "break", "continue": return .node(try jump(token))
    case "template": return .node(.template(try call(token)))
    case "block": return .node(.template(try block()))
    default: throw unexpected(token, "command")
    }
  }

  private enum Control: String {
    case branch = "if"
    case with
    case range
  }

  private mutating func control(_ kind: Control) throws(TemplateError) -> Node {
    try descend()
    let scope = variables.count
    let pipeline = try pipeline(kind.rawValue, until: .rightDelimiter)
    if kind == .range { ranges += 1 }
    let (then, end) = try list()
    if kind == .range { ranges -= 1 }
    var otherwise: [Node] = []
    if case .otherwise = end {
      if kind != .range, peekNonSpace().isKeyword(kind.rawValue) {
        _ = nextNonSpace()
        // It ends with the `end` of this one.
        otherwise = [try control(kind)]
      } else if isAtElseIf() {
        throw unexpected(nextNonSpace(), "input")
      } else {
        let (nodes, end) = try list()
        if case .otherwise = end { throw error("expected end; found {{else}}") }
        otherwise = nodes
      }
    }
    variables.removeSubrange(scope...)
    ascend()
    switch kind {
    case .branch: return .branch(pipeline, then: then, otherwise: otherwise)
    case .with: return .with(pipeline, then: then, otherwise: otherwise)
    case .range: return .range(pipeline, body: then, otherwise: otherwise)
    }
  }

  private mutating func isAtElseIf() -> Bool {
    peekNonSpace().isKeyword("if") || peekNonSpace().isKeyword("with")
  }

  private mutating func jump(_ keyword: Token) throws(TemplateError) -> Node {
    try expect(.rightDelimiter, "{{\(keyword.text)}}")
    guard ranges > 0 else { throw error("{{\(keyword.text)}} outside {{range}}") }
    return keyword.text == "break" ? .breakRange : .continueRange
  }

  private mutating func call(_ keyword: Token) throws(TemplateError) -> TemplateCall {
    let position = peekNonSpace().position
    let name = try templateName("template clause")
    if peekNonSpace().kind == .rightDelimiter {
      _ = nextNonSpace()
      return TemplateCall(position: position, name: name, pipeline: nil)
    }
    let value = try pipeline("template clause", until: .rightDelimiter)
    return TemplateCall(position: position, name: name, pipeline: value)
  }

  private mutating func block() throws(TemplateError) -> TemplateCall {
    let position = peekNonSpace().position
    let name = try templateName("block clause")
    let value = try pipeline("block clause", until: .rightDelimiter)
    try define(name, context: "block clause")
    return TemplateCall(position: position, name: name, pipeline: value)
  }

  private mutating func templateName(_ context: String) throws(TemplateError) -> String {
    let token = nextNonSpace()
    guard token.kind == .string || token.kind == .rawString else { throw unexpected(token, context) }
    guard let name = Unquoted.string(token.text) else { throw error("invalid syntax") }
    return name
  }
}

/// A template in the language of Go's text/template, with docker's functions.
///
/// Supported are actions with pipelines, parentheses, variables and literals, `if`, `with`, `range`, `break`,
/// `continue`, `define`, `template`, `block`, comments and trimming; the functions of text/template but
/// `call`; and `json`, `split`, `join`, `title`, `lower`, `upper`, `pad`, `truncate`. There are no complex
/// numbers. See <https://pkg.go.dev/text/template>.
public struct Template: Sendable {
  /// The template's text.
  public let text: String
  /// The name by which messages call it. docker gives its templates none.
  public let name: String

  let root: [Node]
  private let definitions: [String: [Node]]

  /// Reads a template.
  /// - Throws: an error with the line of what cannot be read.
  public init(_ text: String, name: String = "") throws(TemplateError) {
    self.text = text
    self.name = name
    var parser = Parser(text, name: name, functions: Set(TemplateFunction.all.keys))
    let nodes = try parser.parse()
    definitions = parser.definitions
    // A template may define itself.
    if let own = parser.definitions[name], Parser.isEmpty(nodes) {
      root = own
    } else if let own = parser.definitions[name], !Parser.isEmpty(own) {
      throw parser.error("template: multiple definition of template \(GoQuote.quoted(name))")
    } else {
      root = nodes
    }
  }

  /// Carries the template out on a value.
  /// - Returns: what it prints, without a newline of its own.
  /// - Throws: an error with line and column where the value does not fit.
  public func render(_ value: TemplateValue) throws(TemplateError) -> String {
    try render(value, missingKey: .noValue)
  }

  /// Carries the template out as docker's `inspect` does: where it does not fit the value, on a plain copy of
  /// it with maps for records and the names of its JSON, in which a missing key is an error.
  /// - Throws: the error of the second attempt.
  public func renderInspected(_ value: TemplateValue) throws(TemplateError) -> String {
    if let text = try? render(value) { return text }
    guard let plain = try? value.plain() else { return try render(value) }
    return try render(plain, missingKey: .error)
  }

  func render(
    _ value: TemplateValue, missingKey: Evaluator.MissingKey, limits: Limits = Limits()
  ) throws(TemplateError) -> String {
    var evaluator = Evaluator(self, missingKey: missingKey, limits: limits)
    try evaluator.run(value)
    return evaluator.output
  }

  /// The body of a template of this name.
  func body(of name: String) -> [Node]? {
    name == self.name ? root : definitions[name]
  }
}

/// A part of a template that is carried out.
indirect enum Node: Sendable {
  case text(String)
  /// A pipeline whose value is printed.
  case action(Pipeline)
  case branch(Pipeline, then: [Node], otherwise: [Node])
  /// Like `branch`, and the value becomes the dot.
  case with(Pipeline, then: [Node], otherwise: [Node])
  case range(Pipeline, body: [Node], otherwise: [Node])
  /// Carries out another template, with a value as its dot.
  case template(TemplateCall)
  case breakRange
  case continueRange
}

/// `{{template "name" pipeline}}`.
struct TemplateCall: Sendable {
  let position: Int
  let name: String
  let pipeline: Pipeline?
}

/// Commands, each of which gets the value of the one before as its last argument.
struct Pipeline: Sendable {
  let position: Int
  /// The variables that get the value, with their `$`.
  var declared: [String] = []
  /// The variables exist already.
  var isAssignment = false
  var commands: [Command] = []
}

/// A function or a value with arguments.
struct Command: Sendable {
  let position: Int
  /// What is called or evaluated, and its arguments. Never empty.
  var operands: [Operand] = []
}

/// A value, or a way to get one.
struct Operand: Sendable {
  indirect enum Term: Sendable {
    case dot
    case nilLiteral
    case boolean(Bool)
    case number(NumberLiteral)
    /// A string, and how it stands in the template.
    case string(String, source: String)
    case function(String)
    /// Fields of the dot.
    case field([String])
    /// A variable with its `$`, and fields of it.
    case variable(String, [String])
    case pipeline(Pipeline)
    /// Fields of the value of a pipeline or function.
    case chain(Operand, [String])
  }

  let position: Int
  var term: Term
}

/// Evaluates pipelines, commands and arguments.
extension Evaluator {
  /// A value that comes from the command before and is a command's last argument.
  struct Piped {
    let value: TemplateValue?
  }

  mutating func evaluate(_ pipeline: Pipeline, _ dot: TemplateValue?) throws(TemplateError) -> TemplateValue?
  {
    try descend()
    place = .pipeline(pipeline)
    var piped: Piped?
    for command in pipeline.commands {
      var value = try evaluate(command, dot, piped)
      // An empty interface is worth what is in it: nothing.
      if case .null = value { value = nil }
      piped = Piped(value: value)
    }
    let value = piped?.value
    for name in pipeline.declared {
      if pipeline.isAssignment { try assign(name, value) } else { declare(name, value) }
    }
    ascend()
    return value
  }

  private mutating func evaluate(
    _ command: Command, _ dot: TemplateValue?, _ piped: Piped?
  ) throws(TemplateError) -> TemplateValue? {
    try step()
    let first = command.operands[0]
    switch first.term {
    case .function(let name):
      place = .operand(first)
      return try call(name, command.operands, .command(command), dot, piped)
    case .pipeline(let pipeline):
      try refuseArguments(command, piped)
      return try evaluate(pipeline, dot)
    case .field, .variable, .chain: return try access(first, command, dot, piped)
    default:
      place = .operand(first)
      try refuseArguments(command, piped)
      if case .nilLiteral = first.term { throw error("nil is not a command") }
      return try literal(first, dot)
    }
  }

  private func refuseArguments(_ command: Command, _ piped: Piped?) throws(TemplateError) {
    guard command.operands.count == 1, piped == nil else {
      throw error("can't give argument to non-function \(command.operands[0].text)")
    }
  }

  /// Evaluates fields of the dot, a variable with or without fields, or fields of a pipeline's value. With a
  /// command, its other operands are arguments of the last field.
  private mutating func access(
    _ operand: Operand, _ command: Command?, _ dot: TemplateValue?, _ piped: Piped?
  ) throws(TemplateError) -> TemplateValue? {
    place = .operand(operand)
    var receiver = dot
    var names: [String] = []
    switch operand.term {
    case .field(let fields): names = fields
    case .variable(let name, let fields):
      receiver = try variable(name)
      names = fields
      if fields.isEmpty {
        if let command { try refuseArguments(command, piped) }
        return receiver
      }
    case .chain(let inner, let fields):
      if case .nilLiteral = inner.term { throw error("indirection through explicit nil in \(operand.text)") }
      receiver = try argument(inner, .any, dot, keepsMissing: true)
      names = fields
    default: return nil
    }
    for name in names.dropLast() { receiver = try field(name, receiver, operand, [], dot, nil) }
    return try field(
      names[names.count - 1], receiver, operand, command?.operands.dropFirst() ?? [], dot, piped)
  }

  private mutating func literal(_ operand: Operand, _ dot: TemplateValue?) throws(TemplateError)
    -> TemplateValue?
  {
    switch operand.term {
    case .dot: return dot
    case .boolean(let value): return .bool(value)
    case .string(let text, _): return .string(text)
    case .number(let number):
      if number.isDouble, let double = number.double { return .double(double) }
      guard let integer = number.integer else { throw error("\(number.text) overflows int") }
      return .int(integer)
    default: return nil
    }
  }

  /// Evaluates an argument and checks that it is what the parameter wants.
  /// - Parameter keepsMissing: a value that is not there stays so, instead of becoming a nil.
  mutating func argument(
    _ operand: Operand, _ parameter: TemplateFunction.Parameter, _ dot: TemplateValue?,
    keepsMissing: Bool = false
  ) throws(TemplateError) -> TemplateValue? {
    place = .operand(operand)
    let value: TemplateValue?
    switch operand.term {
    case .dot: value = dot
    case .field, .variable, .chain: value = try access(operand, nil, dot, nil)
    case .pipeline(let pipeline): value = try evaluate(pipeline, dot)
    case .function(let name):
      try descend()
      value = try call(name, [operand], .operand(operand), dot, nil)
      ascend()
    case .nilLiteral:
      guard parameter.canBeNil else { throw error("cannot assign nil to \(parameter.typeName)") }
      return parameter == .value ? nil : parameter == .any ? .null : TemplateValue.nothing(.list)
    case .boolean, .number, .string: return try literal(operand, as: parameter)
    }
    if value == nil, keepsMissing { return nil }
    return try check(value, parameter)
  }

  /// A literal's type depends on what is wanted.
  private mutating func literal(
    _ operand: Operand, as parameter: TemplateFunction.Parameter
  ) throws(TemplateError) -> TemplateValue? {
    switch parameter {
    case .any, .value: return try literal(operand, nil)
    case .string:
      if case .string(let text, _) = operand.term { return .string(text) }
      throw error("expected string; found \(operand.text)")
    case .int:
      if case .number(let number) = operand.term, let integer = number.integer { return .int(integer) }
      throw error("expected integer; found \(operand.text)")
    case .strings: throw error("can't handle \(operand.text) for arg of type []string")
    }
  }

  /// Checks that a value is what a parameter wants.
  func check(
    _ value: TemplateValue?, _ parameter: TemplateFunction.Parameter
  ) throws(TemplateError) -> TemplateValue? {
    guard let value else {
      switch parameter {
      case .value: return nil
      case .any: return .null
      case .strings: return TemplateValue.nothing(.list)
      case .string, .int: throw error("invalid value; expected \(parameter.typeName)")
      }
    }
    switch (parameter, value) {
    case (.any, _), (.value, _), (.string, .string), (.int, .int), (.strings, .nothing(.list)): return value
    case (.strings, .list(let values)) where values.allSatisfy(\.isString): return value
    default:
      throw error("wrong type for value; expected \(parameter.typeName); got \(value.typeName)")
    }
  }
}

extension TemplateValue {
  fileprivate var isString: Bool {
    if case .string = self { return true }
    return false
  }
}

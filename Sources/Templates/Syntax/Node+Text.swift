/// How error messages show what is carried out: as people would write it, with one space between the words.
extension TemplateCall {
  var text: String {
    "{{template \(GoQuote.quoted(name))\(pipeline.map { " \($0.text)" } ?? "")}}"
  }
}

extension Pipeline {
  var text: String {
    let names = declared.joined(separator: ", ")
    let declaration = declared.isEmpty ? "" : "\(names) \(isAssignment ? "=" : ":=") "
    return declaration + commands.map(\.text).joined(separator: " | ")
  }
}

extension Command {
  var text: String {
    operands.map { operand in
      if case .pipeline(let pipeline) = operand.term { return "(\(pipeline.text))" }
      return operand.text
    }.joined(separator: " ")
  }
}

extension Operand {
  var text: String {
    switch term {
    case .dot: return "."
    case .nilLiteral: return "nil"
    case .boolean(let value): return value ? "true" : "false"
    case .number(let number): return number.text
    case .string(_, let source): return source
    case .function(let name): return name
    case .field(let names): return Operand.chain(names)
    case .variable(let name, let names): return name + Operand.chain(names)
    case .pipeline(let pipeline): return pipeline.text
    case .chain(let operand, let names):
      if case .pipeline = operand.term { return "(\(operand.text))" + Operand.chain(names) }
      return operand.text + Operand.chain(names)
    }
  }

  private static func chain(_ names: [String]) -> String {
    names.map { ".\($0)" }.joined()
  }
}

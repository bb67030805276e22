/// What a template may use, and how its errors are told.
extension Evaluator {
  mutating func descend() throws(TemplateError) {
    depth += 1
    guard depth <= limits.depth else { throw error("exceeded maximum template depth (\(limits.depth))") }
  }

  mutating func ascend() { depth -= 1 }

  mutating func step() throws(TemplateError) {
    steps += 1
    guard steps <= limits.steps else { throw error("the template takes more than \(limits.steps) steps") }
  }

  /// Counts bytes that were made.
  mutating func charge(_ count: Int) throws(TemplateError) {
    bytes += count
    guard bytes <= limits.bytes else {
      throw error("the template makes more than \(limits.bytes) bytes of text")
    }
  }

  /// Does something that may fail in a way of its own, which becomes the template's error.
  func attempt<Value>(_ body: () throws -> Value) throws(TemplateError) -> Value {
    do { return try body() } catch let failure { throw error("\(failure)") }
  }

  func error(_ reason: String) -> TemplateError {
    var position = 0
    var context = ""
    switch place {
    case .operand(let operand): (position, context) = (operand.position, operand.text)
    case .command(let command): (position, context) = (command.position, command.text)
    case .pipeline(let pipeline): (position, context) = (pipeline.position, pipeline.text)
    case .call(let call): (position, context) = (call.position, call.text)
    case nil: break
    }
    let before = template.text.utf8.prefix(position)
    let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
    let column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { before[...$0].count } ?? 0)
    return TemplateError(
      stage: .execution, line: line, column: column, reason: reason,
      description: "template: \(template.name):\(line):\(column): executing \(GoQuote.quoted(current)) "
        + "at <\(context)>: \(reason)")
  }
}

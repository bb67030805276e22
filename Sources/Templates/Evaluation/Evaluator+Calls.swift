/// Looks up fields and calls functions.
extension Evaluator {
  /// The value of a field, or what a record's function returns.
  mutating func field(
    _ name: String, _ receiver: TemplateValue?, _ operand: Operand, _ arguments: ArraySlice<Operand>,
    _ dot: TemplateValue?, _ piped: Piped?
  ) throws(TemplateError) -> TemplateValue? {
    guard let receiver else {
      if missingKey == .error { throw error("nil data; no entry for key \(GoQuote.quoted(name))") }
      return nil
    }
    let hasArguments = !arguments.isEmpty || piped != nil
    switch receiver {
    case .null, .nothing(.record): throw error("nil pointer evaluating \(receiver.typeName).\(name)")
    case .nothing(.map), .map:
      if hasArguments { throw error("\(name) is not a method but has arguments") }
      if case .map(let map) = receiver, let value = map[name] { return value }
      if missingKey == .error { throw error("map has no entry for key \(GoQuote.quoted(name))") }
      return nil
    case .record(let record):
      guard let index = record.index(of: name) else {
        if record.isOpen { return nil }
        break
      }
      return try field(index, record, operand, arguments, dot, piped)
    default: break
    }
    throw error("can't evaluate field \(name) in type \(receiver.typeName)")
  }

  private mutating func field(
    _ index: Int, _ record: TemplateRecord, _ operand: Operand, _ arguments: ArraySlice<Operand>,
    _ dot: TemplateValue?, _ piped: Piped?
  ) throws(TemplateError) -> TemplateValue? {
    let name = record.fields[index].name
    let given = arguments.count + (piped == nil ? 0 : 1)
    var wanted = 0
    var method: (([String]) throws -> TemplateValue)?
    switch record.fields[index].content {
    case .value(let value):
      if given > 0 { throw error("\(name) has arguments but cannot be invoked as function") }
      return value
    case .lazy: break
    case .method(let count, let body): (wanted, method) = (count, body)
    }
    guard given == wanted else {
      throw error("wrong number of args for \(name): want \(wanted) got \(given)")
    }
    var strings: [String] = []
    for argument in arguments {
      if case .string(let text) = try self.argument(argument, .string, dot) { strings.append(text) }
    }
    if let piped, case .string(let text) = try check(piped.value, .string) { strings.append(text) }
    place = .operand(operand)
    do { return try method?(strings) ?? record.value(at: index) } catch let failure {
      throw error("error calling \(name): \(failure)")
    }
  }

  /// Calls a function. The operands begin with its name.
  mutating func call(
    _ name: String, _ operands: [Operand], _ called: Place, _ dot: TemplateValue?, _ piped: Piped?
  ) throws(TemplateError) -> TemplateValue? {
    guard let function = functions[name] else {
      throw error("\(GoQuote.quoted(name)) is not a defined function")
    }
    let given = operands.count - 1 + (piped == nil ? 0 : 1)
    let fixed = function.parameters.count
    if function.rest != nil {
      guard given >= fixed else {
        throw error("wrong number of args for \(name): want at least \(fixed) got \(operands.count - 1)")
      }
    } else if given != fixed {
      throw error("wrong number of args for \(name): want \(fixed) got \(given)")
    }
    if name == "and" || name == "or" { return try choose(name == "or", operands, dot, piped) }
    var values: [TemplateValue?] = []
    for (index, operand) in operands.dropFirst().enumerated() {
      values.append(try argument(operand, function.parameter(index), dot))
    }
    if let piped { values.append(try check(piped.value, function.parameter(values.count))) }
    let result: TemplateValue?
    do { result = try function.body(values, limits) } catch let failure {
      place = called
      throw error("error calling \(name): \(failure)")
    }
    if function.makesText { try charge(result?.cost ?? 0) }
    return result
  }

  /// `and`, `or`: the first argument that decides, or else the last one. What follows it is not evaluated.
  private mutating func choose(
    _ wanted: Bool, _ operands: [Operand], _ dot: TemplateValue?, _ piped: Piped?
  ) throws(TemplateError) -> TemplateValue? {
    var value: TemplateValue?
    for operand in operands.dropFirst() {
      value = try argument(operand, .value, dot)
      if (value?.isTrue ?? false) == wanted { return value }
    }
    return piped == nil ? value : piped?.value
  }
}

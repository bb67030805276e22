/// Carries out a template on a value.
///
/// A nil among values (`TemplateValue?`) is what Go calls an invalid value: what a map has under a missing
/// key. It prints as `<no value>`, and its fields are such values again.
struct Evaluator {
  /// What a missing key of a map is.
  enum MissingKey: Sendable {
    case noValue
    case error
  }

  /// Where the evaluation is, for messages.
  enum Place {
    case operand(Operand)
    case command(Command)
    case pipeline(Pipeline)
    case call(TemplateCall)
  }

  /// What to do after a statement.
  private enum Flow {
    case next, breakRange, continueRange
  }

  let template: Template
  let functions: [String: TemplateFunction]
  let missingKey: MissingKey
  let limits: Limits

  /// What was printed so far.
  private(set) var output = ""
  var place: Place?
  private var variables: [(name: String, value: TemplateValue?)] = []
  /// The name of the template that is being carried out.
  var current: String
  var depth = 0
  var steps = 0
  var bytes = 0

  init(
    _ template: Template, functions: [String: TemplateFunction] = TemplateFunction.all,
    missingKey: MissingKey = .noValue, limits: Limits = Limits()
  ) {
    self.template = template
    self.functions = functions
    self.missingKey = missingKey
    self.limits = limits
    current = template.name
  }

  /// Carries out the whole template. After an error, `output` has what was printed before.
  mutating func run(_ dot: TemplateValue) throws(TemplateError) {
    variables = [("$", dot)]
    _ = try walk(template.root, dot)
  }

  // MARK: Statements

  private mutating func walk(_ nodes: [Node], _ dot: TemplateValue?) throws(TemplateError) -> Flow {
    try descend()
    for node in nodes {
      let flow = try walk(node, dot)
      guard case .next = flow else {
        depth -= 1
        return flow
      }
    }
    depth -= 1
    return .next
  }

  private mutating func walk(_ node: Node, _ dot: TemplateValue?) throws(TemplateError) -> Flow {
    try step()
    switch node {
    case .text(let text): try write(text)
    case .action(let pipeline):
      let value = try evaluate(pipeline, dot)
      if pipeline.declared.isEmpty { try print(value, of: pipeline) }
    case .branch(let pipeline, let then, let otherwise):
      let scope = variables.count
      let value = try evaluate(pipeline, dot)
      let flow = try walk(value?.isTrue ?? false ? then : otherwise, dot)
      variables.removeSubrange(scope...)
      return flow
    case .with(let pipeline, let then, let otherwise):
      let scope = variables.count
      let value = try evaluate(pipeline, dot)
      let isTrue = value?.isTrue ?? false
      let flow = try walk(isTrue ? then : otherwise, isTrue ? value : dot)
      variables.removeSubrange(scope...)
      return flow
    case .range(let pipeline, let body, let otherwise):
      let scope = variables.count
      let flow = try range(pipeline, body, otherwise, dot)
      variables.removeSubrange(scope...)
      return flow
    case .template(let call): try carryOut(call, dot)
    case .breakRange: return .breakRange
    case .continueRange: return .continueRange
    }
    return .next
  }

  private mutating func range(
    _ pipeline: Pipeline, _ body: [Node], _ otherwise: [Node], _ dot: TemplateValue?
  ) throws(TemplateError) -> Flow {
    let value = try evaluate(pipeline, dot)
    let scope = variables.count
    var isEmpty = true
    /// Carries out the body once. False after a `break`.
    func iterate(
      _ evaluator: inout Evaluator, _ index: TemplateValue, _ element: TemplateValue
    ) throws(TemplateError) -> Bool {
      isEmpty = false
      try evaluator.step()
      try evaluator.bind(pipeline, index, element, scope)
      let flow = try evaluator.walk(body, element)
      evaluator.variables.removeSubrange(scope...)
      if case .breakRange = flow { return false }
      return true
    }
    switch value {
    case nil, .null, .nothing(.list), .nothing(.map): break
    case .list(let values):
      for (index, element) in values.enumerated() {
        guard try iterate(&self, .int(index), element) else { break }
      }
    case .map(let map):
      for entry in map.entries {
        guard try iterate(&self, .string(entry.key), entry.value) else { break }
      }
    case .int(let count):
      guard pipeline.declared.count < 2 else {
        throw error("can't use \(count) to iterate over more than one variable")
      }
      var index = 0
      while index < count {
        guard try iterate(&self, .int(index), .int(index)) else { break }
        index += 1
      }
    case let value?:
      let text = try attempt { () throws in try ValueText.plain(value, isPrinted: true) }
      throw error("range can't iterate over \(text)")
    }
    return isEmpty ? try walk(otherwise, dot) : .next
  }

  /// Gives the variables of a `range` their values.
  private mutating func bind(
    _ pipeline: Pipeline, _ index: TemplateValue, _ element: TemplateValue, _ scope: Int
  ) throws(TemplateError) {
    let values = pipeline.declared.count > 1 ? [index, element] : [element]
    for (offset, name) in pipeline.declared.enumerated() {
      if pipeline.isAssignment {
        try assign(name, values[offset])
      } else {
        // They were declared last, and whatever the body declared is gone.
        variables[scope - pipeline.declared.count + offset].value = values[offset]
      }
    }
  }

  private mutating func carryOut(_ call: TemplateCall, _ dot: TemplateValue?) throws(TemplateError) {
    place = .call(call)
    guard let body = template.body(of: call.name) else {
      throw error("template \(GoQuote.quoted(call.name)) not defined")
    }
    var inner: TemplateValue?
    if let pipeline = call.pipeline { inner = try evaluate(pipeline, dot) }
    let outside = (variables, current)
    // A template sees no variables but its own.
    (variables, current) = ([("$", inner)], call.name)
    _ = try walk(body, inner)
    (variables, current) = outside
  }

  // MARK: Output

  private mutating func print(_ value: TemplateValue?, of pipeline: Pipeline) throws(TemplateError) {
    guard let value else { return try write("<no value>") }
    place = .pipeline(pipeline)
    try write(attempt { () throws in try ValueText.plain(value, isPrinted: true) })
  }

  private mutating func write(_ text: String) throws(TemplateError) {
    try charge(text.utf8.count)
    output += text
  }

  // MARK: Variables

  mutating func declare(_ name: String, _ value: TemplateValue?) {
    variables.append((name, value))
  }

  /// Changes the innermost variable of a name.
  mutating func assign(_ name: String, _ value: TemplateValue?) throws(TemplateError) {
    variables[try index(of: name)].value = value
  }

  func variable(_ name: String) throws(TemplateError) -> TemplateValue? {
    variables[try index(of: name)].value
  }

  private func index(of name: String) throws(TemplateError) -> Int {
    guard let index = variables.lastIndex(where: { $0.name == name }) else {
      throw error("undefined variable: \(name)")
    }
    return index
  }
}

/// `and or not eq ne lt le gt ge`
extension TemplateFunction {
  static let logic: [String: TemplateFunction] = [
    // The evaluator does these two itself, since they need not look at all of their arguments.
    "and": TemplateFunction([.value], rest: .value) { values, _ in values[0] },
    "or": TemplateFunction([.value], rest: .value) { values, _ in values[0] },
    "not": TemplateFunction([.value]) { values, _ in .bool(!(values[0]?.isTrue ?? false)) },
    "eq": TemplateFunction([.value], rest: .value) { values, _ in
      .bool(try Comparison.isEqual(values[0], toAny: values.dropFirst()))
    },
    "ne": TemplateFunction([.value, .value]) { values, _ in
      .bool(!(try Comparison.isEqual(values[0], toAny: [values[1]])))
    },
    "lt": TemplateFunction([.value, .value]) { values, _ in
      .bool(try Comparison.isLess(values[0], values[1]))
    },
    "le": TemplateFunction([.value, .value]) { values, _ in
      .bool(try Comparison.isLessOrEqual(values[0], values[1]))
    },
    "gt": TemplateFunction([.value, .value]) { values, _ in
      .bool(!(try Comparison.isLessOrEqual(values[0], values[1])))
    },
    "ge": TemplateFunction([.value, .value]) { values, _ in
      .bool(!(try Comparison.isLess(values[0], values[1])))
    },
  ]
}

/// Compares values as the functions of text/template do: only those of the same basic type.
enum Comparison {
  private static let badTypes = "incompatible types for comparison"
  private static let badType = "invalid type for comparison"

  /// Whether a value equals any of others.
  static func isEqual(_ one: TemplateValue?, toAny others: ArraySlice<TemplateValue?>) throws -> Bool {
    if others.isEmpty { throw FunctionFailure("missing argument for comparison") }
    for other in others where try isEqual(one, other) { return true }
    return false
  }

  private static func isEqual(_ one: TemplateValue?, _ two: TemplateValue?) throws -> Bool {
    guard let one, let two, !one.isNull, !two.isNull else {
      // Everything may be compared with nil, and a basic value never is it.
      return isNil(one) && isNil(two)
    }
    switch (one, two) {
    case (.bool(let one), .bool(let two)): return one == two
    case (.int(let one), .int(let two)): return one == two
    case (.double(let one), .double(let two)): return one == two
    case (.string(let one), .string(let two)): return one.utf8.elementsEqual(two.utf8)
    case (.bool, _), (.int, _), (.double, _), (.string, _), (_, .bool), (_, .int), (_, .double), (_, .string):
      throw FunctionFailure(badTypes)
    case (.record(let one), .record(let two)): return one === two
    default:
      if isNil(one) || isNil(two) { return isNil(one) && isNil(two) }
      throw FunctionFailure(
        "non-comparable type \(try ValueText.plain(two, isPrinted: true)): \(two.typeName)")
    }
  }

  private static func isNil(_ value: TemplateValue?) -> Bool {
    switch value {
    case nil, .null, .nothing: return true
    default: return false
    }
  }

  static func isLess(_ one: TemplateValue?, _ two: TemplateValue?) throws -> Bool {
    guard isBasic(one), isBasic(two) else { throw FunctionFailure(badType) }
    switch (one, two) {
    case (.int(let one), .int(let two)): return one < two
    case (.double(let one), .double(let two)): return one < two
    case (.string(let one), .string(let two)): return TemplateMap.isLess(one, two)
    case (.bool, .bool): throw FunctionFailure(badType)
    default: throw FunctionFailure(badTypes)
    }
  }

  static func isLessOrEqual(_ one: TemplateValue?, _ two: TemplateValue?) throws -> Bool {
    try isLess(one, two) || isEqual(one, two)
  }

  private static func isBasic(_ value: TemplateValue?) -> Bool {
    switch value {
    case .bool, .int, .double, .string: return true
    default: return false
    }
  }
}

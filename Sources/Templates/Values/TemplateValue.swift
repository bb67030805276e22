/// What a template can see: a value in the shape that Go's types would give it.
///
/// Build an API object from `record`s, whose fields keep their order; use `map` where Go has a map, as for
/// labels.
public enum TemplateValue {
  /// An interface without a value.
  case null
  /// A nil of a known shape: a list or map (of strings, as far as anybody can tell) that prints as an empty
  /// one and is `null` in JSON; or a missing record, which prints as `<nil>`.
  case nothing(Shape)
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([TemplateValue])
  /// Keys in sorted order; a missing one is no error.
  indirect case map(TemplateMap)
  /// Named fields in their own order; a missing one is an error.
  case record(TemplateRecord)

  /// What a nil would be if it were something.
  public enum Shape: Equatable, Sendable {
    case list
    case map
    /// A record of the named type.
    case record(String)
  }

  /// A list of strings.
  public static func strings(_ strings: [String]) -> TemplateValue {
    .list(strings.map(TemplateValue.string))
  }

  /// A map of strings, as labels are: what `index` finds under a missing key is the empty string.
  public static func map(_ strings: [String: String]) -> TemplateValue {
    .map(TemplateMap(strings.map { ($0.key, .string($0.value)) }, missing: .string("")))
  }
}

extension TemplateValue {
  /// Whether the value is anything but the zero of its type: what `if`, `and`, `or`, `not` and `with` ask.
  var isTrue: Bool {
    switch self {
    case .null, .nothing: return false
    case .bool(let value): return value
    case .int(let value): return value != 0
    case .double(let value): return value != 0
    case .string(let text): return !text.isEmpty
    case .list(let values): return !values.isEmpty
    case .map(let map): return !map.entries.isEmpty
    case .record: return true
    }
  }

  var isNull: Bool {
    if case .null = self { return true }
    return false
  }

  /// The Go type that messages and `%T` name.
  var typeName: String {
    switch self {
    case .null: return "interface {}"
    case .nothing(.list): return "[]string"
    case .nothing(.map): return "map[string]string"
    case .nothing(.record(let name)): return name
    case .bool: return "bool"
    case .int: return "int"
    case .double: return "float64"
    case .string: return "string"
    case .list(let values): return "[]" + TemplateValue.commonType(values)
    case .map(let map): return "map[string]" + TemplateValue.commonType(map.entries.map(\.value))
    case .record(let record): return record.typeName
    }
  }

  private static func commonType(_ values: [TemplateValue]) -> String {
    guard let first = values.first else { return "interface {}" }
    func isSame(_ other: TemplateValue) -> Bool {
      switch (first, other) {
      case (.bool, .bool), (.int, .int), (.double, .double), (.string, .string): return true
      case (.record(let one), .record(let two)): return one.typeName == two.typeName
      default: return false
      }
    }
    return values.allSatisfy(isSame) ? first.typeName : "interface {}"
  }
}

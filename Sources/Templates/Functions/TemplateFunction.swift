/// A function that templates can call.
struct TemplateFunction: Sendable {
  /// What a parameter wants.
  enum Parameter: Sendable {
    /// Anything; a value that is not there becomes a nil.
    case any
    /// Anything; a value that is not there stays so.
    case value
    case string
    case int
    case strings

    var typeName: String {
      switch self {
      case .any: return "interface {}"
      case .value: return "reflect.Value"
      case .string: return "string"
      case .int: return "int"
      case .strings: return "[]string"
      }
    }

    var canBeNil: Bool { self != .string && self != .int }
  }

  typealias Body = @Sendable ([TemplateValue?], Limits) throws -> TemplateValue?

  let parameters: [Parameter]
  /// What any number of further parameters want.
  let rest: Parameter?
  /// It makes values that were not there before.
  let makesText: Bool
  /// Gets as many arguments as the parameters allow, each of which is what its parameter wants.
  let body: Body

  init(
    _ parameters: [Parameter], rest: Parameter? = nil, makesText: Bool = false, _ body: @escaping Body
  ) {
    self.parameters = parameters
    self.rest = rest
    self.makesText = makesText
    self.body = body
  }

  /// What the parameter at a place wants.
  func parameter(_ index: Int) -> Parameter {
    index < parameters.count ? parameters[index] : rest ?? .any
  }

  /// All functions by name.
  static let all: [String: TemplateFunction] = logic.merging(collections) { $1 }.merging(texts) { $1 }
    .merging(docker) { $1 }

  /// The functions for the header of a table: those of docker that would change a column's name leave it
  /// alone.
  static let forHeaders: [String: TemplateFunction] = all.merging(headers) { $1 }
}

extension TemplateValue {
  /// The text of a string; the evaluator has seen to it that it is one.
  var text: String {
    if case .string(let text) = self { return text }
    return ""
  }
}

extension [TemplateValue?] {
  /// The string at a place.
  func string(_ index: Int) -> String { self[index]?.text ?? "" }

  /// The integer at a place. The evaluator has seen to it that there is one.
  func int(_ index: Int) -> Int {
    if case .int(let value) = self[index] { return value }
    return 0
  }
}

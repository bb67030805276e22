/// What a template may use. Nobody writes one that gets near; they are there so that no text at all can
/// exhaust the stack or the memory, or run for ever.
struct Limits: Sendable {
  /// Pipelines, statements and templates that are carried out within each other. Each costs some kilobytes of
  /// stack, and a thread may have no more than half a mebibyte.
  var depth = 100
  /// Statements and commands that are carried out.
  var steps = 10_000_000
  /// Bytes of the output and of all texts made on the way together, whether they are still needed or not. It
  /// is also what a single function may make.
  var bytes = 32 << 20

  /// Throws if that many bytes are more than a function may make.
  func check(_ count: Int) throws {
    if count > bytes { throw FunctionFailure("the text is longer than \(bytes) bytes") }
  }
}

extension TemplateValue {
  /// About how much memory a value takes that a function made, in bytes.
  var cost: Int {
    switch self {
    case .string(let text): return text.utf8.count
    case .list(let values):
      return values.reduce(0) { $0 + TemplateValue.costOfElement + ($1.isContainer ? 0 : $1.cost) }
    default: return 0
    }
  }

  /// What a list takes for each element, besides what the element takes itself.
  static let costOfElement = 32

  private var isContainer: Bool {
    switch self {
    case .list, .map, .record: return true
    default: return false
    }
  }
}

/// Why a function cannot do what it was asked to.
struct FunctionFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

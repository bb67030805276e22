/// A structure with named fields, some of which may be found out only when a template asks for them.
///
/// It is a class so that what was found out once is not found out again.
public final class TemplateRecord {
  /// The Go type that messages name, such as `*formatter.ContainerContext`. With a leading `*`, `print` puts
  /// a `&` before it as Go does.
  public let typeName: String
  /// The fields in the order in which JSON shows them.
  public let fields: [TemplateField]
  /// How JSON shows the record.
  public let style: JSONStyle
  /// Asking for a field that is not there is no error. So it is with the headers of a table's columns.
  let isOpen: Bool

  private var found: [Int: TemplateValue] = [:]

  /// How JSON shows a record.
  public enum JSONStyle: Equatable, Sendable {
    /// In the fields' order, as docker shows objects of its API.
    case inOrder
    /// Sorted by name and with `<`, `>` and `&` escaped, as docker shows the rows of its lists.
    case row
  }

  public init(_ typeName: String, style: JSONStyle = .inOrder, _ fields: [TemplateField]) {
    self.typeName = typeName
    self.fields = fields
    self.style = style
    isOpen = false
  }

  init(headers: [TemplateField]) {
    typeName = "formatter.SubHeaderContext"
    fields = headers
    style = .inOrder
    isOpen = true
  }

  /// The place of a field among `fields`. Nil if there is none.
  func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }

  /// The value of a field without arguments; of one that wants some, nil.
  /// - Throws: what its function throws.
  func value(at index: Int) throws -> TemplateValue? {
    switch fields[index].content {
    case .value(let value): return value
    case .method: return nil
    case .lazy(let compute):
      if let value = found[index] { return value }
      let value = try compute()
      found[index] = value
      return value
    }
  }
}

/// A field of a record.
public struct TemplateField {
  enum Content {
    case value(TemplateValue)
    case lazy(() throws -> TemplateValue)
    case method(arguments: Int, ([String]) throws -> TemplateValue)
  }

  /// What follows the dot in a template.
  public let name: String
  /// Its name in JSON.
  public let jsonName: String
  /// JSON leaves it out when it is false, zero, empty or nil.
  public let omitsEmpty: Bool
  let content: Content

  /// A field with a value. `jsonName` is its name in JSON, where that differs.
  public init(_ name: String, jsonName: String? = nil, omitsEmpty: Bool = false, _ value: TemplateValue) {
    self.init(name, jsonName ?? name, omitsEmpty, .value(value))
  }

  /// A field whose value is found out when a template asks for it, once at most for each record. An error
  /// that it throws becomes the template's.
  public static func lazy(
    _ name: String, jsonName: String? = nil, omitsEmpty: Bool = false,
    _ compute: @escaping () throws -> TemplateValue
  ) -> TemplateField {
    TemplateField(name, jsonName ?? name, omitsEmpty, .lazy(compute))
  }

  /// A function of so many strings, as in `{{.Label "maintainer"}}`. JSON does not show it.
  public static func method(
    _ name: String, arguments: Int, _ compute: @escaping ([String]) throws -> TemplateValue
  ) -> TemplateField {
    TemplateField(name, name, false, .method(arguments: arguments, compute))
  }

  private init(_ name: String, _ jsonName: String, _ omitsEmpty: Bool, _ content: Content) {
    self.name = name
    self.jsonName = jsonName
    self.omitsEmpty = omitsEmpty
    self.content = content
  }
}

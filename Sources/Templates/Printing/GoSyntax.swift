/// Values in Go's own syntax, as `%#v` writes them.
enum GoSyntax {
  /// - Throws: what the functions of lazy fields throw; an error for values nested deeper than 200 levels.
  static func text(_ value: TemplateValue, depth: Int = 0) throws -> String {
    guard depth <= JSONText.maximumDepth else {
      throw JSONText.Failure(reason: "the value is nested too deep to print")
    }
    switch value {
    case .null: return depth > 0 ? "interface {}(nil)" : "<nil>"
    case .nothing(.record(let name)): return "(\(name))(nil)"
    case .nothing: return "\(value.typeName)(nil)"
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return String(value)
    case .double(let value): return FloatText.shortest(value)
    case .string(let text): return GoQuote.quoted(text)
    case .list(let values):
      return value.typeName + "{"
        + (try values.map { try text($0, depth: depth + 1) }).joined(separator: ", ") + "}"
    case .map(let map):
      let entries = try map.entries.map {
        "\(GoQuote.quoted($0.key)):\(try text($0.value, depth: depth + 1))"
      }
      return value.typeName + "{" + entries.joined(separator: ", ") + "}"
    case .record(let record):
      var fields: [String] = []
      for (index, field) in record.fields.enumerated() {
        guard let value = try record.value(at: index) else { continue }
        fields.append("\(field.name):\(try text(value, depth: depth + 1))")
      }
      let isPointer = record.typeName.utf8.first == UInt8(ascii: "*")
      let name = isPointer ? "&" + record.typeName.dropFirst() : record.typeName
      return "\(name){" + fields.joined(separator: ", ") + "}"
    }
  }
}

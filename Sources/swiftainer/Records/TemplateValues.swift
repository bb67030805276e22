import Templates

/// Values in the shapes that Go's zero values have.
extension TemplateValue {
  static func number(_ value: (some BinaryInteger)?) -> TemplateValue { .int(Int(clamping: value ?? 0)) }

  /// What is null where it is absent.
  static func optional(_ value: (some BinaryInteger)?) -> TemplateValue {
    value.map { .int(Int(clamping: $0)) } ?? .null
  }

  static func text(_ value: String?) -> TemplateValue { .string(value ?? "") }

  /// A list that is null where it is empty.
  static func list(orNull strings: [String]) -> TemplateValue {
    strings.isEmpty ? .nothing(.list) : .strings(strings)
  }

  /// A set, as Go has it: a map to nothing.
  static func set(_ names: [String]) -> TemplateValue {
    .map(TemplateMap(names.map { ($0, .record(TemplateRecord("struct {}", []))) }))
  }

  static func record(_ type: String, _ fields: [TemplateField]) -> TemplateValue {
    .record(TemplateRecord(type, fields))
  }
}

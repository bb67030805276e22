extension TemplateValue {
  /// The value as it comes back from its own JSON: records become maps by their names in JSON, nils become
  /// `null`.
  ///
  /// docker's `inspect` tries a template on this when it does not fit the record, which is why `{{.Id}}`
  /// works though the field is called `ID`.
  /// - Throws: what the functions of lazy fields throw; an error for values nested deeper than 200 levels.
  func plain(depth: Int = 0) throws -> TemplateValue {
    guard depth <= JSONText.maximumDepth else {
      throw JSONText.Failure(reason: "the value is nested too deep")
    }
    switch self {
    case .null, .nothing: return .null
    case .bool, .int, .double, .string: return self
    case .list(let values): return .list(try values.map { value throws in try value.plain(depth: depth + 1) })
    case .map(let map):
      return .map(
        TemplateMap(
          try map.entries.map { entry throws in (entry.key, try entry.value.plain(depth: depth + 1)) }))
    case .record(let record):
      var members: [(key: String, value: TemplateValue)] = []
      for (index, field) in record.fields.enumerated() {
        guard let value = try record.value(at: index), !field.omitsEmpty || value.isTrue else { continue }
        members.append((field.jsonName, try value.plain(depth: depth + 1)))
      }
      return .map(TemplateMap(members))
    }
  }
}

import Glibc

/// What a log says about its container beside the lines: the tag, and labels and variables that were asked for.
extension LogOptions {
  /// What the option `tag` becomes for a container; the driver's default where it is not given: nothing with
  /// json-file, else the first 12 digits of the ID.
  ///
  /// - Throws: `Failure` where the template is none, or asks for something that is not known.
  func tag(of container: LoggedContainer) throws(Failure) -> String {
    guard let template = given["tag"], !template.isEmpty else {
      return driver == .jsonFile ? "" : String(container.id.prefix(12))
    }
    var text = ""
    var rest = Substring(template)
    while let opening = Self.range(of: "{{", in: rest) {
      text += rest[..<opening.lowerBound]
      rest = rest[opening.upperBound...]
      guard let closing = Self.range(of: "}}", in: rest) else {
        throw Self.wrong("tag", template, "{{ without }}")
      }
      let name = rest[..<closing.lowerBound].filter { $0 != " " }
      guard let value = Self.value(name, of: container) else {
        throw Self.wrong(
          "tag", template, "{{\(name)}} is not known",
          hint:
            "{{.ID}}, {{.FullID}}, {{.Name}}, {{.ImageName}}, {{.ImageID}}, {{.ImageFullID}} or {{.Command}}")
      }
      text += value
      rest = rest[closing.upperBound...]
    }
    return text + rest
  }

  private static func range(of pair: String, in text: Substring) -> Range<Substring.Index>? {
    let first = pair.first!
    var at = text.startIndex
    while let found = text[at...].firstIndex(of: first) {
      let next = text.index(after: found)
      if next < text.endIndex && text[next] == first { return found..<text.index(after: next) }
      at = next
    }
    return nil
  }

  private static func value(_ name: String, of container: LoggedContainer) -> String? {
    switch name {
    case ".ID": String(container.id.prefix(12))
    case ".FullID": container.id
    case ".Name": container.name
    case ".ImageName": container.imageName
    case ".ImageID": String((container.imageID.split(separator: ":").last ?? "").prefix(12))
    case ".ImageFullID": container.imageID
    case ".Command": container.command.joined(separator: " ")
    case ".DaemonName": "swiftainer"
    default: nil
    }
  }

  /// The labels and variables that `labels`, `labels-regex`, `env` and `env-regex` name, by name.
  ///
  /// - Throws: `Failure` where an expression is none.
  func attributes(of container: LoggedContainer) throws(Failure) -> [(String, String)] {
    var variables: [String: String] = [:]
    for variable in container.environment {
      guard let equals = variable.firstIndex(of: "=") else { continue }
      variables[String(variable[..<equals])] = String(variable[variable.index(after: equals)...])
    }
    var found: [String: String] = [:]
    for (list, values) in [("labels", container.labels), ("env", variables)] {
      for name in (given[list] ?? "").split(separator: ",").map(String.init) {
        found[name] = values[name] ?? found[name]
      }
      guard let expression = given[list + "-regex"], !expression.isEmpty else { continue }
      for (name, value) in try Self.matches(expression, list + "-regex", values) { found[name] = value }
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Those whose names match. Expressions are POSIX's extended ones. The corresponding C function is `regexec`.
  private static func matches(
    _ expression: String, _ option: String, _ values: [String: String]
  ) throws(Failure) -> [String: String] {
    var compiled = regex_t()
    let failed = regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB)
    if failed != 0 { throw wrong(option, expression, "not a regular expression") }
    defer { regfree(&compiled) }
    return values.filter { regexec(&compiled, $0.key, 0, nil, 0) == 0 }
  }
}

/// Formats values as Go's fmt does: one directive, one value.
enum ValueText {
  /// As `%v`: what `print` and an action write.
  /// - Parameter isPrinted: the action itself prints the value, which looks through a pointer.
  static func plain(_ value: TemplateValue, isPrinted: Bool = false) throws -> String {
    try text(value, Directive(), depth: isPrinted ? 1 : 0)
  }

  /// - Throws: what the functions of lazy fields throw; an error for values nested deeper than 200 levels.
  static func text(_ value: TemplateValue, _ directive: Directive, depth: Int = 0) throws -> String {
    guard depth <= JSONText.maximumDepth else {
      throw JSONText.Failure(reason: "the value is nested too deep to print")
    }
    if directive.verb == "T" {
      if case .null = value { return directive.pad("<nil>") }
      return directive.pad(value.typeName)
    }
    if directive.verb == "v", directive.sharp {
      return try directive.padWithSpaces(GoSyntax.text(value, depth: depth))
    }
    switch value {
    case .null:
      if depth > 0 { return directive.padWithSpaces("<nil>") }
      return directive.verb == "v" ? directive.padWithSpaces("<nil>") : "%!\(directive.verb)(<nil>)"
    case .nothing(.list): return "[]"
    case .nothing(.map): return "map[]"
    case .nothing(.record(let name)):
      return directive.verb == "v" ? directive.padWithSpaces("<nil>") : "%!\(directive.verb)(\(name)=<nil>)"
    case .bool(let value):
      guard directive.verb == "t" || directive.verb == "v" else { break }
      return directive.padWithSpaces(value ? "true" : "false")
    case .int(let value):
      if let text = IntegerText.text(value, directive) { return text }
    case .double(let value):
      if let text = double(value, directive) { return text }
    case .string(let text):
      if let text = string(text, directive) { return text }
    case .list(let values):
      return "[" + (try values.map { try text($0, directive, depth: depth + 1) }).joined(separator: " ") + "]"
    case .map(let map):
      let entries = try map.entries.map { entry in
        try text(.string(entry.key), directive, depth: depth + 1) + ":"
          + text(entry.value, directive, depth: depth + 1)
      }
      return "map[" + entries.joined(separator: " ") + "]"
    case .record(let record): return try text(record, directive, depth)
    }
    var ordinary = directive
    ordinary.verb = "v"
    ordinary.sharp = false
    return "%!\(directive.verb)(\(value.typeName)=\(try text(value, ordinary, depth: depth)))"
  }

  private static func text(_ record: TemplateRecord, _ directive: Directive, _ depth: Int) throws -> String {
    var fields: [String] = []
    for (index, field) in record.fields.enumerated() {
      guard let value = try record.value(at: index) else { continue }
      let name = directive.plus && directive.verb == "v" ? field.name + ":" : ""
      fields.append(name + (try text(value, directive, depth: depth + 1)))
    }
    let isPointer = depth == 0 && record.typeName.utf8.first == UInt8(ascii: "*")
    return (isPointer ? "&{" : "{") + fields.joined(separator: " ") + "}"
  }

  private static func string(_ text: String, _ directive: Directive) -> String? {
    switch directive.verb {
    case "v", "s": return directive.pad(cut(text, directive))
    case "q":
      let text = cut(text, directive)
      if directive.sharp,
        !text.unicodeScalars.contains(where: {
          $0 == "`" || ($0.value < 0x20 && $0 != "\t") || $0.value == 0x7F
        })
      {
        return directive.pad("`\(text)`")
      }
      return directive.pad(GoQuote.quoted(text, asciiOnly: directive.plus))
    case "x", "X":
      let bytes = Array(text.utf8).prefix(directive.precision ?? .max)
      guard !bytes.isEmpty else { return directive.pad("") }
      let isUpper = directive.verb == "X"
      let pairs = bytes.map { GoQuote.hex(UInt32($0), digits: 2, uppercase: isUpper) }
      let prefix = directive.sharp ? (isUpper ? "0X" : "0x") : ""
      return directive.pad(prefix + pairs.joined(separator: directive.space ? " \(prefix)" : ""))
    default: return nil
    }
  }

  /// The text without what is beyond the precision.
  private static func cut(_ text: String, _ directive: Directive) -> String {
    guard let precision = directive.precision else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
  }

  private static func double(_ value: Double, _ directive: Directive) -> String? {
    var verb = directive.verb
    var precision = directive.precision
    switch verb {
    case "v": verb = "g"
    case "g", "G": break
    case "e", "E", "f", "F": precision = precision ?? 6
    default: return nil
    }
    let text = FloatText.text(value, verb: verb, precision: precision)
    let signs = directive.plus ? "+" : directive.space ? " " : ""
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    guard value.isFinite else {
      if value.isNaN || isNegative { return directive.padWithSpaces(value.isNaN ? signs + text : text) }
      return directive.padWithSpaces(directive.space && !directive.plus ? " Inf" : text)
    }
    let signed = isNegative ? text : signs + text
    guard directive.zero, let width = directive.width, !signs.isEmpty || isNegative else {
      return directive.pad(signed)
    }
    // Zeros go between the sign and the digits.
    let digits = isNegative ? text.dropFirst() : text[...]
    let missing = max(0, width - 1 - digits.utf8.count)
    return (isNegative ? "-" : signs) + String(repeating: "0", count: missing) + digits
  }
}

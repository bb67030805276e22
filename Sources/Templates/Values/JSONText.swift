/// Writes values as Go's encoding/json does.
struct JSONText {
  /// How deep values may lie in each other. What lies deeper cannot be a value that someone wants to read.
  static let maximumDepth = 200

  /// Spaces for each level; nil: all on one line without any.
  let indentation: Int?
  private(set) var text = ""
  private var depth = 0
  private var escapesHTML: Bool

  /// Why a value has no JSON.
  struct Failure: Error {
    let reason: String
  }

  init(indentation: Int? = nil, escapesHTML: Bool = false) {
    self.indentation = indentation
    self.escapesHTML = escapesHTML
  }

  mutating func write(_ value: TemplateValue) throws {
    switch value {
    case .null, .nothing: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .double(let value):
      guard value.isFinite else {
        throw Failure(reason: "json: unsupported value: \(FloatText.shortest(value))")
      }
      text += FloatText.json(value)
    case .string(let string): write(string)
    case .list(let values):
      try container("[", "]", values) { writer, value throws in try writer.write(value) }
    case .map(let map):
      try container("{", "}", map.entries) { writer, entry throws in try writer.member(entry.key, entry.value)
      }
    case .record(let record): try write(record)
    }
  }

  private mutating func write(_ record: TemplateRecord) throws {
    var members: [(key: String, value: TemplateValue)] = []
    for (index, field) in record.fields.enumerated() {
      guard let value = try record.value(at: index) else { continue }
      if field.omitsEmpty, value.isEmpty { continue }
      members.append((field.jsonName, value))
    }
    let outside = escapesHTML
    if record.style == .row {
      members.sort { TemplateMap.isLess($0.key, $1.key) }
      escapesHTML = true
    }
    try container("{", "}", members) { writer, member throws in try writer.member(member.key, member.value) }
    escapesHTML = outside
  }

  private mutating func member(_ name: String, _ value: TemplateValue) throws {
    write(name)
    text += indentation == nil ? ":" : ": "
    try write(value)
  }

  private mutating func container<Element>(
    _ opening: String, _ closing: String, _ elements: [Element],
    _ write: (inout JSONText, Element) throws -> Void
  ) throws {
    depth += 1
    guard depth <= JSONText.maximumDepth else { throw Failure(reason: "json: the value is nested too deep") }
    text += opening
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      breakLine()
      try write(&self, element)
    }
    depth -= 1
    if !elements.isEmpty { breakLine() }
    text += closing
  }

  private mutating func breakLine() {
    guard let indentation else { return }
    text += "\n" + String(repeating: " ", count: depth * indentation)
  }

  private mutating func write(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{08}": text += "\\b"
      case "\u{0C}": text += "\\f"
      // Line separators end a string in JavaScript, so Go escapes them always.
      case "\u{00}"..."\u{1F}", "\u{2028}", "\u{2029}": text += "\\u" + GoQuote.hex(scalar.value, digits: 4)
      case "<", ">", "&":
        if escapesHTML {
          text += "\\u" + GoQuote.hex(scalar.value, digits: 4)
        } else {
          text.unicodeScalars.append(scalar)
        }
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension TemplateValue {
  /// The value as JSON, records in the order of their fields.
  /// - Parameters:
  ///   - indentation: spaces for each level; nil: all on one line without any, as Go writes it.
  ///   - escapesHTML: write `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`.
  /// - Throws: what the functions of lazy fields throw, and an error for numbers that are not finite and for
  ///   values that are nested deeper than 200 levels.
  public func json(indentation: Int? = nil, escapesHTML: Bool = false) throws -> String {
    var writer = JSONText(indentation: indentation, escapesHTML: escapesHTML)
    try writer.write(self)
    return writer.text
  }

  /// What `omitempty` leaves out.
  fileprivate var isEmpty: Bool { !isTrue }
}

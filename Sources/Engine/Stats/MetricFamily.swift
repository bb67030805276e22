/// One metric with all its samples, in Prometheus' text format.
/// Source: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
struct MetricFamily {
  enum Kind: String {
    /// Only grows, but for starting anew.
    case counter
    case gauge
  }

  typealias Labels = [(name: String, value: String)]

  private let name: String
  private let kind: Kind
  private let help: String
  private var lines = ""

  init(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
  }

  mutating func add(_ labels: Labels, _ value: Double) {
    lines += name
    if !labels.isEmpty {
      lines += "{"
      for (index, label) in labels.enumerated() {
        lines += (index > 0 ? "," : "") + label.name + "=\"" + Self.escaped(label.value) + "\""
      }
      lines += "}"
    }
    lines += " " + Self.text(value) + "\n"
  }

  /// The lines of the metric; none where it has no sample.
  var text: String {
    lines.isEmpty ? "" : "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n" + lines
  }

  /// Whole numbers as such: a byte more or less is seen.
  static func text(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? "\(value)"
  }

  static func escaped(_ value: String) -> String {
    var result = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// The `--format` of commands that list things, as docker reads it: `table TEMPLATE`, `json`, or a template
/// for each row. `\t` and `\n` in it may be written with a backslash, since shells make the real ones hard to
/// type.
public struct ListFormat: Sendable {
  /// How rows are laid out.
  public enum Layout: Equatable, Sendable {
    /// In aligned columns under a header.
    case table
    /// Each row as a JSON object on a line.
    case json
    /// Each row as the template prints it, on a line.
    case lines
  }

  /// How rows are laid out.
  public let layout: Layout
  /// What prints a row.
  public let template: Template

  /// Reads a format.
  /// - Throws: an error with the line of what cannot be read.
  public init(_ format: String) throws(TemplateError) {
    var text = format[...]
    if format == "json" {
      layout = .json
      text = "{{json .}}"
    } else if format.hasPrefix("table") {
      layout = .table
      text = format.dropFirst("table".count)
    } else {
      layout = .lines
    }
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    template = try Template(ListFormat.unescaped(text))
  }

  /// What a row prints, with a newline; tabs are not yet aligned.
  /// - Throws: an error with line and column where the template does not fit the row.
  public func line(_ row: TemplateValue) throws(TemplateError) -> String {
    try template.render(row) + "\n"
  }

  /// What a whole list prints.
  ///
  /// A table has its header even when there are no rows. What the template cannot make of the columns' names
  /// is left out.
  /// - Parameters:
  ///   - rows: a record for each row; their style should be `.row`.
  ///   - headers: the columns' names by the names of the rows' fields.
  ///   - methods: the columns' names of fields that want an argument, by that argument.
  /// - Throws: an error with line and column where the template does not fit a row. Nothing is to be printed
  ///   then.
  public func text(
    _ rows: [TemplateValue], headers: KeyValuePairs<String, String>,
    methods: [TemplateField] = [ListFormat.labelHeader]
  ) throws(TemplateError) -> String {
    var body = ""
    for row in rows { body += try line(row) }
    guard layout == .table else { return body }
    return Columns.aligned(header(headers, methods) + "\n" + body)
  }

  /// The name of a column that shows a label: what follows the label's last dot, `-` and `_` as spaces.
  public static var labelHeader: TemplateField {
    .method("Label", arguments: 1) { names in
      let last = names[0].split(separator: ".", omittingEmptySubsequences: false).last ?? ""
      return .string(String(last.map { $0 == "-" || $0 == "_" ? " " : $0 }))
    }
  }

  private func header(_ headers: KeyValuePairs<String, String>, _ methods: [TemplateField]) -> String {
    let fields = headers.map { TemplateField($0.key, .string($0.value)) }
    var evaluator = Evaluator(template, functions: TemplateFunction.forHeaders)
    try? evaluator.run(.record(TemplateRecord(headers: fields + methods)))
    return evaluator.output
  }

  private static func unescaped(_ text: Substring) -> String {
    var result = ""
    var rest = text.unicodeScalars
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let letter = rest.first, letter == "t" || letter == "n" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      result += letter == "t" ? "\t" : "\n"
      rest.removeFirst()
    }
    return result
  }
}

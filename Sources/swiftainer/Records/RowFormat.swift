import Engine
import Glibc
import Templates

/// How a verb prints a list: docker's table, or what `--format` says.
struct RowFormat {
  private let format: ListFormat
  private let headers: KeyValuePairs<String, String>

  /// - Parameters:
  ///   - text: the value of `--format`.
  ///   - usual: the template of the table that stands where nothing else is wanted.
  ///   - headers: the columns' names by the names of the rows' fields.
  init(_ text: String?, usual: String, headers: KeyValuePairs<String, String>) throws(TemplateError) {
    let isUsual = text == nil || text == "" || text == "table"
    format = try ListFormat(isUsual ? "table " + usual : text!)
    self.headers = headers
  }

  var isJSON: Bool { format.layout == .json }

  /// What the rows print.
  func text(_ rows: [TemplateValue]) throws(TemplateError) -> String {
    try format.text(rows, headers: headers)
  }

  /// Prints the rows, or nothing where the template does not fit one.
  func print(_ rows: [TemplateValue]) throws(TemplateError) {
    Output.write(try text(rows))
  }
}

/// Standard output.
enum Output {
  /// Writes a whole text; where nobody reads it, this process ends as others do in a pipe.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count {
        let written = Glibc.write(STDOUT_FILENO, bytes.baseAddress! + at, bytes.count - at)
        if written > 0 {
          at += written
        } else if errno != EINTR {
          ErrorReport.say("write to standard output: \(String(cString: strerror(errno)).lowercased())")
          Glibc.exit(1)
        }
      }
    }
  }
}

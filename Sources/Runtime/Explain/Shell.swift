/// Shell commands as people would type them. They show what a step amounts to; they are never run.
package enum Shell {
  /// The container's root, and the init's number, as variables that whoever types sets. A NUL, which no path or
  /// argument can hold, stands for the dollar, so that nobody's text is taken for a variable.
  static let root = "\0ROOTFS"
  package static let process = "\0PID"

  /// A word, quoted where a shell would take it apart.
  package static func word(_ text: String) -> String {
    guard let mark = text.firstIndex(of: "\0") else { return quoted(text) }
    let name = text[text.index(after: mark)...].prefix { $0.isUppercase }
    let parts = [String(text[..<mark]), String(text[name.endIndex...])].map { $0.isEmpty ? "" : quoted($0) }
    return parts[0] + "$" + name + parts[1]
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy(isPlain)
    return isPlain
      ? text
      : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_-+=./:,@%".utf8.contains(byte)
    }
  }

  package static func command(_ words: String...) -> String { words.map(word).joined(separator: " ") }
  package static func command(_ words: [String]) -> String { words.map(word).joined(separator: " ") }

  static func write(_ text: String, to file: String) -> String {
    let lines = text.split(separator: "\n")
    if lines.count == 1 && !lines[0].contains("\t") {
      return "echo \(word(String(lines[0]))) > \(word(file))"
    }
    let format = lines.map { line in
      var written = ""
      for character in line {
        switch character {
        case "\\": written += "\\\\"
        case "%": written += "%%"
        case "\t": written += "\\t"
        default: written.append(character)
        }
      }
      return written + "\\n"
    }
    return "printf \(word(format.joined())) > \(word(file))"
  }

  /// A path in the container, as seen before the root is changed.
  static func inRoot(_ path: String) -> String { root + (path.hasPrefix("/") ? path : "/" + path) }
}

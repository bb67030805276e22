/// Shell commands as people would type them. They show what a step amounts to; they are never run.
enum Shell {
  /// A word, quoted where a shell would take it apart.
  static func word(_ text: String) -> String {
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

  static func command(_ words: String...) -> String { words.map(word).joined(separator: " ") }
  static func command(_ words: [String]) -> String { words.map(word).joined(separator: " ") }

  static func write(_ text: String, to file: String) -> String {
    let lines = text.split(separator: "\n").joined(separator: "\\n")
    return lines.contains("\\n")
      ? "printf \(word(lines + "\\n")) > \(word(file))" : "echo \(word(lines)) > \(word(file))"
  }

  /// The container's root, as seen before the root is changed.
  static func inRoot(_ path: String) -> String { "ROOTFS" + (path.hasPrefix("/") ? path : "/" + path) }
}

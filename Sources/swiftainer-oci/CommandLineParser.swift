import Runtime

/// One flag of a command.
struct Flag: Sendable {
  let name: String
  /// One letter.
  let short: String?
  /// What its value is called in the help; nil for a switch.
  let value: String?
  let help: String

  init(_ name: String, short: String? = nil, value: String? = nil, _ help: String) {
    self.name = name
    self.short = short
    self.value = value
    self.help = help
  }
}

/// What stood on a command line.
struct Arguments {
  /// In their order. A list, not a dictionary: there are a handful.
  fileprivate(set) var values: [(name: String, value: String)] = []
  fileprivate(set) var positional: [String] = []

  /// Whether a switch is on.
  func has(_ name: String) -> Bool { last(name) == "true" }
  /// The flag's value. As with Go's flags, an empty one is none: scripts write `--pid-file "$FILE"`.
  subscript(name: String) -> String? { last(name).flatMap { $0.isEmpty ? nil : $0 } }
  func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }
  private func last(_ name: String) -> String? { values.last { $0.name == name }?.value }
  /// What stands behind the first positional argument, and behind `--` if that comes next.
  var rest: [String] {
    let rest = positional.dropFirst()
    return Array(rest.first == "--" ? rest.dropFirst() : rest)
  }

  /// The flag's value as a whole number in a range.
  func number<Number: FixedWidthInteger>(_ name: String, in range: ClosedRange<Number>) throws -> Number? {
    guard let text = self[name] else { return nil }
    guard let number = Number(text), range.contains(number) else {
      throw UsageError(
        "--\(name) \(text): not a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}

/// A command line that makes no sense.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The command line as engines write it: `--name value`, `--name=value`, `-name value` and `-n value`.
///
/// The word after a flag that takes a value is that value, whatever it looks like: `--cpu-quota -1`.
enum CommandLineParser {
  /// Parses flags up to the first positional argument, or, where `mixed`, wherever they stand before `--`.
  static func parse(_ words: ArraySlice<String>, _ flags: [Flag], mixed: Bool) throws -> (
    Arguments, rest: ArraySlice<String>
  ) {
    var arguments = Arguments()
    var words = words
    while let word = words.first {
      if word == "--" {
        words.removeFirst()
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        if !mixed { break }
        arguments.positional.append(word)
        words.removeFirst()
        continue
      }
      words.removeFirst()
      let (name, attached) = split(word)
      guard let flag = flags.first(where: { $0.name == name || $0.short == name }) else {
        throw UsageError(
          "unknown flag \(word.hasPrefix("--") ? "--" : "-")\(name): --help lists what there is")
      }
      arguments.values.append((flag.name, try value(of: flag, attached, &words)))
    }
    arguments.positional += words
    return (arguments, words)
  }

  private static func split(_ word: String) -> (name: String, value: String?) {
    let bare = word.utf8.dropFirst(word.hasPrefix("--") ? 2 : 1)
    guard let equals = bare.firstIndex(of: UInt8(ascii: "=")) else { return (String(Substring(bare)), nil) }
    return (String(Substring(bare[..<equals])), String(Substring(bare[bare.index(after: equals)...])))
  }

  private static func value(of flag: Flag, _ attached: String?, _ words: inout ArraySlice<String>) throws
    -> String
  {
    guard flag.value != nil else {
      // Go's spellings.
      switch attached {
      case nil, "true", "TRUE", "True", "t", "T", "1": return "true"
      case "false", "FALSE", "False", "f", "F", "0": return "false"
      case let other?: throw UsageError("--\(flag.name)=\(other): a switch is true or false")
      }
    }
    if let attached { return attached }
    guard let next = words.popFirst() else {
      throw UsageError("--\(flag.name) needs a value (\(flag.value!))")
    }
    return next
  }
}

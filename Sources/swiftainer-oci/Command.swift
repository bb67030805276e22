/// A verb of the command line.
struct Command: Sendable {
  let name: String
  /// What stands behind the flags, as in `ID [SIGNAL]`.
  let arguments: String
  let summary: String
  let flags: [Flag]
  /// How many positional arguments it takes.
  let count: ClosedRange<Int>
  /// Whether what follows the first positional argument belongs to somebody else's command line.
  let passesRest: Bool
  let body: @Sendable (Arguments, Context) throws -> Int32

  init(
    name: String, arguments: String, summary: String, flags: [Flag], count: ClosedRange<Int>,
    passesRest: Bool = false,
    body: @escaping @Sendable (Arguments, Context) throws -> Int32
  ) {
    self.name = name
    self.arguments = arguments
    self.summary = summary
    self.flags = flags
    self.count = count
    self.passesRest = passesRest
    self.body = body
  }

  /// In the order of the help.
  static let all: [Command] = [
    .create, .start, .run, .exec, .kill, .delete, .state, .list, .ps, .pause, .resume, .events, .update,
    .spec, .features,
  ]

  static let help = Flag("help", short: "h", "show help")

  var usage: String {
    "usage: swiftainer-oci \(name)\(flags.isEmpty ? "" : " [flags]")\(arguments.isEmpty ? "" : " " + arguments)"
  }

  var helpText: String {
    usage + "\n\n" + summary + "\n\n" + Self.table(flags + [Self.help])
  }

  static func table(_ flags: [Flag]) -> String {
    let rows = flags.map { flag in
      let short = flag.short.map { "-\($0), " } ?? "    "
      return ("  " + short + "--" + flag.name + (flag.value.map { " " + $0 } ?? ""), flag.help)
    }
    let width = rows.map(\.0.count).max() ?? 0
    return "flags:\n"
      + rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }.joined(
        separator: "\n") + "\n"
  }
}

import OCISpec
import Runtime

extension Command {
  static let list = Command(
    name: "list", arguments: "", summary: "print all containers",
    flags: [
      ListFormat.flag,
      Flag("quiet", short: "q", "print their IDs only"),
    ], count: 0...0
  ) { arguments, context in
    let format = try ListFormat(arguments)
    let states = try context.store.states { warning in
      Output.error("swiftainer-oci: " + warning)
      context.log.write("warning", warning)
    }
    if arguments.has("quiet") {
      if !states.isEmpty { Output.print(states.map(\.id).joined(separator: "\n")) }
      return 0
    }
    switch format {
    case .json:
      var writer = JSONWriter(.compact)
      // None is null, as from runc: Go's encoder says so of an empty list.
      if states.isEmpty {
        writer.null()
      } else {
        writer.array { writer in states.forEach { $0.write(to: &writer) } }
      }
      Output.print(bytes: writer.bytes)
    case .table:
      var table = TextTable(["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])
      for state in states {
        table.add([
          state.id, String(state.pid ?? 0), state.status.rawValue, state.bundle, state.created ?? "",
          state.owner ?? "",
        ])
      }
      Output.print(table.text)
    }
    return 0
  }
}

/// What `list` and `ps` print.
enum ListFormat: String {
  case table, json

  static let flag = Flag("format", short: "f", value: "table|json", "what to print (table)")

  init(_ arguments: Arguments) throws {
    let text = arguments["format"] ?? "table"
    guard let format = ListFormat(rawValue: text) else {
      throw UsageError("--format \(text): neither table nor json")
    }
    self = format
  }
}

import OCISpec
import Runtime

extension Command {
  static let ps = Command(
    name: "ps", arguments: "ID [PS-OPTION…]", summary: "print the processes of a container",
    flags: [ListFormat.flag], count: 1...Int.max, passesRest: true
  ) { arguments, context in
    let format = try ListFormat(arguments)
    let container = try context.store.container(arguments.positional[0])
    switch format {
    case .json:
      var writer = JSONWriter(.compact)
      let processes = try container.processes()
      writer.array { writer in processes.forEach { writer.integer($0) } }
      Output.print(bytes: writer.bytes)
    case .table:
      Output.print(try container.processTable(options: arguments.rest).joined(separator: "\n"))
    }
    return 0
  }
}

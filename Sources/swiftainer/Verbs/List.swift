import ArgumentParser
import Engine
import Runtime

/// `ps`, and `container ls`.
struct ListFlags: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Also those that do not run.") var all = false
  @Flag(name: .shortAndLong, help: "IDs alone.") var quiet = false
  @Flag(name: .shortAndLong, help: "The latest one, whether it runs or not.") var latest = false
  @Option(
    name: [.customShort("n", allowingJoined: true), .customLong("last")], parsing: .unconditional,
    help: ArgumentHelp("The latest so many, whether they run or not.", valueName: "number"))
  var last: Int?
  @Flag(help: "Nothing is cut off.") var noTrunc = false
  @Flag(name: .shortAndLong, help: "What their files take.") var size = false
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Some only, as in status=exited; --filter=x= lists the keys.", valueName: "key=value"))
  var filter: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let containers = Containers()
    let filter = try ContainerFilter(
      self.filter, descendants: { EngineImages().descendants(of: $0) }, find: { try containers.listed($0) })
    let limit = latest ? 1 : last ?? -1
    let usual = ContainerRow.usual + (size ? "\\t{{.Size}}" : "")
    let format = try RowFormat(self.format, usual: usual, headers: ContainerRow.headers)
    var listed = containers.list { ErrorReport.say("warning: \($0)") }
    listed.removeAll { one in
      !(all || limit > 0 || filter.wantsAll || one.isActive || one.status.state == .dead)
        || !filter.keeps(one)
    }
    if limit > 0 { listed = Array(listed.prefix(limit)) }
    if quiet {
      Output.write(listed.map { (noTrunc ? $0.id : $0.shortID) + "\n" }.joined())
      return
    }
    let now = Moment.now()
    try format.print(
      listed.map {
        ContainerRow(listed: $0, now: now, isShort: !noTrunc, measures: size || !format.isJSON).value
      })
  }
}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "ps", abstract: "List containers.")

  @OptionGroup var flags: ListFlags

  func run() throws { try flags.run() }
}

/// The same below the noun.
struct ContainerList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List containers.", aliases: ["list", "ps"])

  @OptionGroup var flags: ListFlags

  func run() throws { try flags.run() }
}

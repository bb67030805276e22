import ArgumentParser
import Engine
import Networking
import Runtime
import Templates

/// `network`: what containers reach each other and the world through.
struct NetworkNoun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network", abstract: "Make, list and remove networks of containers.",
    subcommands: [
      NetworkConnect.self, NetworkCreate.self, NetworkDisconnect.self, NetworkInspect.self, NetworkList.self,
      NetworkPrune.self, NetworkReload.self, NetworkRemove.self,
    ])
}

struct NetworkList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List networks.", aliases: ["list"])

  @Flag(name: .shortAndLong, help: "IDs alone.") var quiet = false
  @Flag(help: "IDs with all of their digits.") var noTrunc = false
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Some only: dangling=true, driver=, id=, label=, name=, scope=, type=custom.", valueName: "key=value"))
  var filter: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let format = try RowFormat(
      self.format, usual: "{{.ID}}\\t{{.Name}}\\t{{.Driver}}\\t{{.Scope}}",
      headers: [
        "ID": "NETWORK ID", "Name": "NAME", "Driver": "DRIVER", "Scope": "SCOPE", "IPv4": "IPV4",
        "IPv6": "IPV6", "Internal": "INTERNAL", "Labels": "LABELS", "CreatedAt": "CREATED AT",
      ])
    let filter = try NetworkFilter(self.filter)
    let networks = EngineNetworks()
    let found = networks.stored.all { ErrorReport.say("warning: \($0)") }.filter { one in
      // Who is in one whose leases cannot be read is not known: it is not taken for one that nobody uses.
      filter.keeps(one) { network in (try? networks.users(of: network).isEmpty) != true }
    }
    if quiet {
      Output.write(found.map { (noTrunc ? $0.id : $0.shortID) + "\n" }.joined())
    } else {
      try format.print(found.map { $0.row(isShort: !noTrunc) })
    }
  }
}

struct NetworkInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Tell all about networks, as JSON.")

  @OptionGroup var flags: InspectFlags

  func run() throws { try flags.run(.network) }
}

struct NetworkRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove networks that no running container is in.", aliases: ["remove"])

  @Flag(name: .shortAndLong, help: "What is not there is no error.") var force = false
  @Argument(
    help: ArgumentHelp("Names, IDs or beginnings of IDs.", valueName: "network"),
    completion: .custom { _, _, _ in Completions.networks() })
  var words: [String]

  func run() throws {
    let networks = EngineNetworks()
    try EachWord.run(words) { word in
      if !(force && networks.stored.isMissing(word)) { try networks.remove(word) }
    }
  }
}

struct NetworkPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove all networks that no running container is in.")

  @OptionGroup var flags: PruneFlags

  func run() throws {
    try flags.ask("all custom networks not used by at least one container") { PruneFlags.pruneNetworks($0) }
  }
}

import ArgumentParser
import Engine
import Networking
import Runtime

struct NetworkConnect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect", abstract: "Have a container in one more network, at once where it runs.")

  @Option(parsing: .unconditional, help: ArgumentHelp("Its IPv4 address there.", valueName: "address"))
  var ip: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Its IPv6 address there.", valueName: "address"))
  var ip6: String?
  @Option(
    parsing: .unconditionalSingleValue, help: ArgumentHelp("A further name there.", valueName: "name"))
  var alias: [String] = []
  @Argument(help: ArgumentHelp("Its name, ID, or the beginning of the ID.", valueName: "network"))
  var network: String
  @Argument(help: ArgumentHelp("Its name, ID, or the beginning of the ID.", valueName: "container"))
  var container: String

  func run() throws {
    var wish = NetworkWish(network)
    if let ip {
      guard let address = IPv4Address(ip) else { throw Failure("--ip", ip, reason: "not an IPv4 address") }
      wish.ip4 = address
    }
    if let ip6 {
      guard let address = IPv6Address(ip6) else { throw Failure("--ip6", ip6, reason: "not an IPv6 address") }
      wish.ip6 = address
    }
    wish.aliases = try alias.map { try NetworkWish.alias($0, flag: "--alias", $0) }
    try Containers().find(container).connect(to: wish)
  }
}

struct NetworkDisconnect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disconnect", abstract: "Have a container in one network less, at once where it runs.")

  @Argument(help: ArgumentHelp("Its name, ID, or the beginning of the ID.", valueName: "network"))
  var network: String
  @Argument(help: ArgumentHelp("Its name, ID, or the beginning of the ID.", valueName: "container"))
  var container: String

  func run() throws { try Containers().find(container).disconnect(from: network) }
}

struct NetworkReload: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Put back what others have taken away: the packet filter's rules, and bridges.",
    discussion: "After 'nft flush ruleset', say, or a restart of the machine's firewall.")

  func run() throws { try EngineNetworks().reload { ErrorReport.say("warning: \($0)") } }
}

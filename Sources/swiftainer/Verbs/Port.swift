import ArgumentParser
import Engine
import Runtime

struct Port: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "port", abstract: "List the host's ports that lead into a container.")

  @OptionGroup var word: ContainerWord
  @Argument(help: ArgumentHelp("One port of the container: PORT[/PROTOCOL].", valueName: "port")) var port:
    String?

  func run() throws {
    let listed = try Containers().listed(word.container)
    let ports = listed.ports.filter { $0.host != nil }
    guard let port else {
      let lines = ports.map { "\(Self.name($0)) -> \(Self.address($0))\n" }
      Output.write(lines.sorted().joined())
      return
    }
    let wanted = try ContainerPort.ports(port)
    let found = ports.filter { one in wanted.contains { $0.port == one.port && $0.transport == one.transport }
    }
    if found.isEmpty {
      let name = port.contains("/") ? port : port + "/tcp"
      throw Failure("no public port '\(name)' published for \(word.container)")
    }
    Output.write(found.map { Self.address($0) + "\n" }.joined())
  }

  private static func name(_ port: ListedPort) -> String { "\(port.port)/\(port.transport.rawValue)" }

  private static func address(_ port: ListedPort) -> String {
    guard let host = port.host else { return "" }
    return host.address.contains(":") ? "[\(host.address)]:\(host.port)" : "\(host.address):\(host.port)"
  }
}

import ArgumentParser
import Runtime

struct Stop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop containers: their stop signal, and after a time KILL.")

  @OptionGroup var flags: StopFlags
  @OptionGroup var words: ContainerWords

  func run() throws {
    let number = try flags.number
    try words.each { try $0.stop(signal: number, timeout: flags.timeout) }
  }
}

/// How a container is asked to end.
struct StopFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Another signal than the container's own.", valueName: "signal"))
  var signal: String?
  @Option(
    name: [.customShort("t"), .customLong("timeout"), .customLong("time")], parsing: .unconditional,
    help: ArgumentHelp("Seconds until KILL; -1: never. Else the container's own, 10.", valueName: "seconds"))
  var timeout: Int32?

  /// The signal's.
  var number: CInt? { get throws { try signal.map { try signalNumber($0, flag: "--signal") } } }
}

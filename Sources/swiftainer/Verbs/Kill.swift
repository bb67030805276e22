import ArgumentParser
import Runtime

struct Kill: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Send a signal to containers: KILL, or another.")

  @Option(name: .shortAndLong, help: ArgumentHelp("A name or a number.", valueName: "signal"))
  var signal = "KILL"
  @OptionGroup var words: ContainerWords

  func run() throws {
    let number = try signalNumber(signal, flag: "--signal")
    try words.each { container in
      do {
        try container.kill(number)
      } catch let failure as Failure {
        throw Failure("cannot kill container: \(container.name)", reason: "\(failure)")
      }
    }
  }
}

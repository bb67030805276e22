import ArgumentParser
import Runtime

struct Restart: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restart", abstract: "Stop containers and start them again.")

  @OptionGroup var flags: StopFlags
  @OptionGroup var words: ContainerWords

  func run() throws {
    let number = try flags.number
    try words.each { try $0.restart(signal: number, timeout: flags.timeout) }
  }
}

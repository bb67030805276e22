import ArgumentParser
import Engine

struct SystemBoot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot", abstract: "Start what is to run when the machine has been started.",
    discussion: "By their restart policies. The unit swiftainer.service calls this.")

  func run() throws {
    var failed = false
    Containers().boot { container, error in
      if let error {
        failed = true
        ErrorReport.say("start container \(container.name): \(error)")
      } else {
        print(container.name)
      }
    }
    if failed { throw ExitCode(1) }
  }
}

struct SystemShutdown: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shutdown", abstract: "Stop everything that runs, as when the machine goes down.",
    discussion: "What is stopped so is started again by 'swiftainer system boot', by its restart policy.")

  @Option(
    name: [.customShort("t"), .customLong("timeout")], parsing: .unconditional,
    help: ArgumentHelp("Seconds until KILL. Else each container's own.", valueName: "seconds"))
  var timeout: Int32?

  func run() throws {
    var failed = false
    Containers().shutdown(timeout: timeout) { container, error in
      if let error {
        failed = true
        ErrorReport.say("stop container \(container.name): \(error)")
      } else {
        print(container.name)
      }
    }
    if failed { throw ExitCode(1) }
  }
}

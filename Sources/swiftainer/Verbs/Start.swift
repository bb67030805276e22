import ArgumentParser
import Engine
import Runtime

struct Start: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Start containers that were created or have ended.")

  @Flag(name: .shortAndLong, help: "Attach to its output, and end with its exit code.") var attach = false
  @Flag(name: .shortAndLong, help: "Attach its input.") var interactive = false
  @OptionGroup var words: ContainerWords

  func run() throws {
    guard attach || interactive else {
      try words.each { container in
        try container.tellNetworkNotices()
        try container.start()
      }
      return
    }
    guard let word = words.containers.first else { throw ValidationError("a container is missing") }
    if words.containers.count > 1 {
      throw Failure("you cannot start and attach multiple containers at once")
    }
    let container = try Containers().find(word)
    let input = interactive && container.options.interactive
    let front = Front(container: container, word: word)
    throw ExitCode(
      try front.launch(attach: AttachOptions(input: input, endsInput: input), endsUnread: false))
  }
}

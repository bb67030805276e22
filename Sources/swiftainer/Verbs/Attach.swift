import ArgumentParser
import Engine
import Runtime

struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Attach to a running container's input and output.",
    discussion: "The detach keys, ctrl-p ctrl-q, leave it running.")

  @Flag(help: "Leave its input alone.") var noStdin = false
  @Flag(inversion: .prefixedNo, help: "Pass signals on to it.") var sigProxy = true
  @Option(help: ArgumentHelp("Other keys that leave it running.", valueName: "keys")) var detachKeys: String?
  @OptionGroup var word: ContainerWord

  func run() throws {
    let container = try word.find()
    let front = Front(container: container, word: word.container)
    let keys = try detachKeys.map { try DetachKeys(flag: $0) }
    throw ExitCode(
      try front.attach(
        AttachOptions(input: !noStdin && container.options.interactive),
        passesSignals: sigProxy && !container.options.terminal, detachKeys: keys))
  }
}

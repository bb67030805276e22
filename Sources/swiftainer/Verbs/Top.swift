import ArgumentParser
import Engine
import Glibc
import Runtime

struct Top: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "List a container's processes, by the host's ps.",
    usage: "swiftainer top <container> [<options of ps> …]")

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp(
      "The container, then options of ps; -ef where there are none.", valueName: "container"),
    completion: .custom { _, _, _ in Completions.containers() })
  var words: [String] = []

  func run() throws {
    var words = CommandLine.arguments.suffix(self.words.count)
    if words.first == "--help" || words.first == "-h" { throw CleanExit.helpRequest(self) }
    if words.first == "--" { words.removeFirst() }
    guard let word = words.popFirst() else { throw ValidationError("a container is missing") }
    if word.hasPrefix("-") { throw ValidationError("unknown flag \(word)") }
    Output.write(try Containers().find(word).processTable(options: Array(words)))
  }
}

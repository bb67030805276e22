import ArgumentParser
import Engine

struct Create: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a container without running it, and print its ID.",
    usage: "swiftainer create [<options>] <rootfs|bundle> [<command> [<argument> …]]",
    helpNames: [])

  // The parser's own would be taken for the payload's.
  @Flag(help: "Show this.") var help = false
  @OptionGroup var flags: ContainerFlags
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp(
      "The root file system's folder or a bundle, then the command.", valueName: "rootfs|bundle"))
  var words: [String] = []

  func run() throws {
    if help { throw CleanExit.helpRequest(self) }
    print(try Containers().create(flags.options(ImageWords(parsed: words))).id)
  }
}

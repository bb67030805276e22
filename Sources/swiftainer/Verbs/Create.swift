import ArgumentParser
import Engine

struct Create: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a container without running it, and print its ID.",
    usage: "swiftainer create [<options>] <image> [<command> [<argument> …]]",
    helpNames: [])

  // The parser's own would be taken for the payload's.
  @Flag(help: "Show this.") var help = false
  @OptionGroup var flags: ContainerFlags
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp(
      "An image, a rootfs folder or a bundle, then the command.", valueName: "image"))
  var words: [String] = []

  func run() throws {
    if help { throw CleanExit.helpRequest(self) }
    let options = try ImageFetch.ensure(
      flags.options(ImageWords(parsed: words)), isQuiet: flags.container.quiet)
    print(try Containers().create(options).id)
  }
}

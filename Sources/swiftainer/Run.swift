import ArgumentParser
import CShim
import Engine
import Glibc
import OCISpec
import Runtime

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a command in a new container.",
    usage: "swiftainer run [<options>] <image> [<command> [<argument> …]]",
    helpNames: [])

  @Flag(name: .shortAndLong, help: "Leave it to itself, and print its ID.") var detach = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The keys that leave it alone, else ctrl-p,ctrl-q.", valueName: "keys"))
  var detachKeys: String?
  @Flag(inversion: .prefixedNo, help: "Pass signals on.") var sigProxy = true
  @Flag(help: "Show the steps without doing them.") var dryRun = false
  @Flag(help: "Show each step as it happens; --explain=json: as JSON.") var explain = false
  @Flag(name: .customLong(ParserWord.explainAsJSON), help: .private) var explainAsJSON = false
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
    var options = try options()
    let containers = Containers()
    if dryRun {
      try ImageFetch.checkPlannable(options)
      let explanation = Explanation(
        format: format, colour: isatty(STDOUT_FILENO) == 1, columns: columns(of: STDOUT_FILENO)
      ) {
        print($0, terminator: "")
      }
      // As the monitor does, who would make these calls.
      shim_raise_descriptors()
      explanation.dryRun(try containers.draft(options).plan())
      return
    }
    options = try ImageFetch.ensure(options, isQuiet: flags.container.quiet)
    let container = try containers.create(options)
    let front = Front(container: container, word: container.name)
    if options.detached {
      try front.detach(explain: explainRequest)
      print(container.id)
      return
    }
    let streams = options.attached ?? [.output, .error]
    let attach = AttachOptions(
      input: options.interactive, output: streams.contains(.output), errorOutput: streams.contains(.error),
      endsInput: options.interactive)
    throw ExitCode(try front.launch(attach: attach, explain: explainRequest, endsUnread: true))
  }

  private var explainRequest: ExplainRequest? {
    guard explain || explainAsJSON else { return nil }
    return ExplainRequest(
      asJSON: explainAsJSON, colour: isatty(STDERR_FILENO) == 1,
      columns: UInt16(clamping: columns(of: STDERR_FILENO) ?? 0))
  }

  /// A terminal that does not know its size says that it has none.
  private func columns(of descriptor: CInt) -> Int? {
    Terminal.size(of: descriptor).flatMap { $0.ws_col > 0 ? Int($0.ws_col) : nil }
  }

  private var format: Explanation.Format { explainAsJSON ? .json : .text }

  private func options() throws -> RunOptions {
    var options = try flags.options(ImageWords(parsed: words))
    options.detached = detach
    options.detachKeys = try detachKeys.map { try DetachKeys(flag: $0) }
    options.passesSignals = sigProxy
    if detach && options.attached != nil {
      throw Failure("conflicting options: cannot specify both --attach and --detach")
    }
    if options.terminal && options.interactive && isatty(STDIN_FILENO) == 0 && !detach {
      throw Failure("-it", reason: "the input device is not a TTY", hint: "leave out -t")
    }
    return options
  }
}

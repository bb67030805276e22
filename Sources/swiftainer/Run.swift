import ArgumentParser
import Engine
import Glibc
import OCISpec
import Runtime

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a command in a new container.",
    usage: "swiftainer run [<options>] <rootfs|bundle> [<command> [<argument> …]]",
    helpNames: [])

  @Flag(help: "Remove the container when it ends.") var rm = false
  @Flag(name: .shortAndLong, help: "Leave it running, and print its ID.") var detach = false
  @Flag(name: .shortAndLong, help: "Pass standard input on.") var interactive = false
  @Flag(name: .shortAndLong, help: "Give the container a terminal.") var tty = false
  @Option(parsing: .unconditional, help: ArgumentHelp("The container's name.", valueName: "name"))
  var name: String?
  @Option(
    name: [.customShort("e", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a variable: NAME=VALUE, or NAME for your own value.", valueName: "variable"))
  var env: [String] = []
  @Option(
    name: [.customShort("v", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Bind a folder or file: HOST:CONTAINER[:ro].", valueName: "bind"))
  var volume: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Mount: type=bind,source=HOST,target=CONTAINER[,readonly] or type=tmpfs,target=CONTAINER[,tmpfs-size=64m].",
      valueName: "mount"))
  var mount: [String] = []
  @Option(
    name: [.customShort("w", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The working folder, made where it is missing.", valueName: "folder"))
  var workdir: String?
  @Option(
    name: [.customShort("u", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The user: USER[:GROUP], names or numbers.", valueName: "user"))
  var user: String?
  @Option(
    name: [.customShort("h", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The hostname.", valueName: "name"))
  var hostname: String?
  @Flag(help: "Let nothing be written to the root file system.") var readOnly = false
  @Option(
    name: [.customShort("m", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("Limit memory: a number and b, k, m or g, as in 256m.", valueName: "size"))
  var memory: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Limit memory and swap together; -1: no limit. Else twice the memory.", valueName: "size"))
  var memorySwap: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Limit processor time: 1.5 is one and a half processors.", valueName: "number"))
  var cpus: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The processors to run on, as in 0-2,4.", valueName: "list"))
  var cpusetCpus: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Limit the number of processes; -1: no limit.", valueName: "number"))
  var pidsLimit: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Add a capability, as in NET_ADMIN, or ALL.", valueName: "name"))
  var capAdd: [String] = []
  @Option(
    parsing: .unconditionalSingleValue, help: ArgumentHelp("Drop a capability, or ALL.", valueName: "name"))
  var capDrop: [String] = []
  @Flag(help: "Give all capabilities and devices, and hide nothing.") var privileged = false
  @Option(
    parsing: .unconditional, help: ArgumentHelp("none, or host: the host's own.", valueName: "none|host"))
  var network: String?
  @Flag(name: .customLong("init"), help: "Run a small first process that passes on signals and reaps.")
  var initProcess = false
  @Flag(help: "Show the steps without doing them.") var dryRun = false
  @Flag(help: "Show each step as it happens; --explain=json: as JSON.") var explain = false
  @Flag(name: .customLong(ParserWord.explainAsJSON), help: .private) var explainAsJSON = false
  // The parser's own would be taken for the payload's.
  @Flag(help: "Show this.") var help = false
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp(
      "The root file system's folder or a bundle, then the command.", valueName: "rootfs|bundle"))
  var words: [String] = []

  func run() throws {
    if help { throw CleanExit.helpRequest(self) }
    let options = try options()
    let containers = Containers()
    if dryRun {
      let explanation = Explanation(
        format: format, colour: isatty(STDOUT_FILENO) == 1, columns: columns(of: STDOUT_FILENO)
      ) {
        print($0, terminator: "")
      }
      explanation.dryRun(try containers.draft(options).plan())
      return
    }
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
    // As they were typed: the parser was given other words for some.
    let typed = CommandLine.arguments.dropFirst()
    for word in typed.dropLast(words.count)
    where word.hasPrefix("--") && word.firstIndex(of: "=") == word.indices.last {
      throw ValidationError("\(word.dropLast()) needs a value")
    }
    var words = typed.suffix(words.count)
    if words.first == "--" {
      words.removeFirst()
    } else if let flag = words.first, flag.hasPrefix("-") {
      throw ValidationError("unknown flag \(flag)")
    }
    var options = RunOptions(image: words.first ?? "")
    options.command = Array(words.dropFirst())
    options.name = name
    options.removesItself = rm
    options.interactive = interactive
    options.detached = detach
    options.terminal = tty
    options.environment = try env.map(KeyValue.variable)
    options.mounts = try volume.map { try MountFlag(volume: $0) } + mount.map { try MountFlag(mount: $0) }
    options.workingFolder = workdir
    options.user = user
    options.hostname = hostname
    options.readOnly = readOnly
    options.limits = try limits()
    options.addedCapabilities = capAdd
    options.droppedCapabilities = capDrop
    options.privileged = privileged
    options.network.mode = try network.map { name throws(Failure) in
      guard let mode = NetworkMode(word: name), mode == .loopback || mode == .host else {
        throw Failure("--network", name, reason: "not supported yet", hint: "none or host")
      }
      return mode
    }
    options.initProcess = initProcess
    if options.image.isEmpty { throw ValidationError("a root file system's folder or a bundle is missing") }
    if tty {
      if interactive && isatty(STDIN_FILENO) == 0 {
        throw Failure("-it", reason: "the input device is not a TTY", hint: "leave out -t")
      }
      if let size = Terminal.size(of: STDOUT_FILENO) {
        options.consoleSize = Box(height: UInt(size.ws_row), width: UInt(size.ws_col))
      }
    }
    return options
  }

  private func limits() throws -> ResourceLimits {
    var limits = ResourceLimits()
    limits.memory = try memory.map { try ByteSize.parse($0, flag: "--memory") }
    limits.memorySwap = try memorySwap.map { $0 == "-1" ? -1 : try ByteSize.parse($0, flag: "--memory-swap") }
    if let cpus {
      guard let number = Double(cpus), number > 0, number <= 8192 else {
        throw Failure("--cpus", cpus, reason: "not a positive number of processors", hint: "as in 1.5")
      }
      // The kernel takes no quota below a millisecond of the period's 100.
      if number < 0.01 { throw Failure("--cpus", cpus, reason: "at least 0.01 of a processor is needed") }
      limits.nanoCPUs = Int64((number * 1e9).rounded())
    }
    limits.cpuset = cpusetCpus
    limits.pids = try pidsLimit.map { text throws(Failure) in
      guard let number = Int64(text), number >= -1 else {
        throw Failure("--pids-limit", text, reason: "not a number of processes", hint: "-1: no limit")
      }
      // As with Docker; in a configuration it means that there may be none.
      return number == 0 ? -1 : number
    }
    return limits
  }
}

/// Words as the parser can take them, where it does not know a form that people use.
enum ParserWord {
  /// `--explain` may have a value or none, which cannot be said of one flag: with one it is another flag.
  static let explainAsJSON = "explain-as-json"

  static func from(_ typed: String) -> String {
    switch typed {
    case "--explain=json": "--" + explainAsJSON
    case "--explain=text": "--explain"
    // `-eA=1`, which would be taken for a flag `eA`.
    case _ where typed.count > 2 && typed.hasPrefix("-") && joinable.contains(typed.dropFirst().first!):
      "-" + typed.dropFirst().prefix(1) + "=" + typed.dropFirst(typed.dropFirst(2).first == "=" ? 3 : 2)
    default: typed
    }
  }

  /// The short flags that have a value.
  private static let joinable: Set<Character> = ["e", "v", "w", "u", "h", "m"]
}

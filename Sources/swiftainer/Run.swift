import ArgumentParser
import Engine
import Glibc
import Runtime

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a command in a new container.",
    usage: "swiftainer run [<options>] <rootfs|bundle> [<command> [<argument> …]]")

  @Flag(help: "Remove the container when it ends.") var rm = false
  @Flag(name: .shortAndLong, help: "Pass standard input on.") var interactive = false
  @Flag(name: .shortAndLong, help: "Give the container a terminal.") var tty = false
  @Option(help: "The container's name.") var name: String?
  @Option(name: [.customShort("e", allowingJoined: true), .long], help: "An environment variable: NAME=VALUE, or NAME for your own value.")
  var env: [String] = []
  @Option(name: [.customShort("v", allowingJoined: true), .long], help: "Bind a folder or file: HOST:CONTAINER[:ro].")
  var volume: [String] = []
  @Option(help: "A mount: type=bind|tmpfs,source=…,target=…[,readonly].") var mount: [String] = []
  @Option(name: [.customShort("w", allowingJoined: true), .long], help: "The working folder.") var workdir: String?
  @Option(name: [.customShort("u", allowingJoined: true), .long], help: "The user: name or number, and :group.") var user: String?
  @Option(name: [.customShort("h", allowingJoined: true), .long], help: "The hostname.") var hostname: String?
  @Flag(help: "Let nothing be written to the root file system.") var readOnly = false
  @Option(name: [.customShort("m", allowingJoined: true), .long], help: "Limit memory: a number and b, k, m or g.") var memory: String?
  @Option(help: "Limit memory and swap together; -1: no limit.", transform: { $0 }) var memorySwap: String?
  @Option(help: "Limit processor time: 1.5 is one and a half processors.") var cpus: String?
  @Option(help: "The processors to run on, as in 0-2,4.") var cpusetCpus: String?
  @Option(help: "Limit the number of processes; -1: no limit.") var pidsLimit: Int64?
  @Option(help: "Add a capability, as in NET_ADMIN, or ALL.") var capAdd: [String] = []
  @Option(help: "Drop a capability, or ALL.") var capDrop: [String] = []
  @Flag(help: "Give all capabilities and devices, and hide nothing.") var privileged = false
  @Option(help: "none, or host: the host's own.") var network: RunOptions.Network = .none
  @Flag(name: .customLong("init"), help: "Run a small first process that passes on signals and reaps.") var initProcess = false
  @Flag(help: "Show the steps without doing them.") var dryRun = false
  @Flag(help: "Show each step as it happens; --explain=json: as JSON.") var explain = false
  @Flag(name: .customLong(ExplainWord.json), help: .hidden) var explainAsJSON = false
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The root file system's folder or a bundle, then the command.", valueName: "rootfs|bundle"))
  var words: [String] = []

  func run() throws {
    let containerRun = try ContainerRun(try options(), store: ContainerStore(root: "/run/swiftainer"))
    if dryRun {
      let explanation = Explanation(format: format, colour: isatty(STDOUT_FILENO) == 1) { print($0, terminator: "") }
      explanation.dryRun(try containerRun.plan())
      return
    }
    guard explain || explainAsJSON else { throw ExitCode(try containerRun.run()) }
    // Beside the payload's own output, not in it.
    let explanation = Explanation(format: format, colour: isatty(STDERR_FILENO) == 1) { ErrorReport.write($0) }
    defer { explanation.finish() }
    throw ExitCode(try containerRun.run(observe: explanation.observe))
  }

  private var format: Explanation.Format { explainAsJSON ? .json : .text }

  private func options() throws -> RunOptions {
    let words = words.map(ExplainWord.restored)
    guard let image = words.first else { throw ValidationError("a root file system's folder or a bundle is missing") }
    if image.hasPrefix("-") { throw ValidationError("unknown flag \(image)") }
    var options = RunOptions(image: image)
    options.command = Array(words.dropFirst())
    options.name = name
    options.removesItself = rm
    options.interactive = interactive
    options.terminal = tty
    options.environment = env
    options.mounts = try volume.map { try MountFlag(volume: $0) } + mount.map { try MountFlag(mount: $0) }
    options.workingFolder = workdir
    options.user = user
    options.hostname = hostname
    options.readOnly = readOnly
    options.limits = try limits()
    options.addedCapabilities = capAdd
    options.droppedCapabilities = capDrop
    options.privileged = privileged
    options.network = network
    options.initProcess = initProcess
    if tty {
      if interactive && isatty(STDIN_FILENO) == 0 {
        throw Failure("-it", reason: "the input device is not a TTY", hint: "leave out -t")
      }
      if let size = Terminal.size(of: STDOUT_FILENO) { options.consoleSize = (UInt(size.ws_row), UInt(size.ws_col)) }
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
      limits.cpus = number
    }
    limits.cpuset = cpusetCpus
    limits.pids = pidsLimit
    return limits
  }
}

extension RunOptions.Network: ExpressibleByArgument {}

/// `--explain` may have a value or none, which the parser cannot say of one flag: the form with a value is given
/// to it under another name, and given back to a payload whose argument it was.
enum ExplainWord {
  static let json = "explain-as-json"

  static func hidden(_ word: String) -> String {
    switch word {
    case "--explain=json": "--" + json
    case "--explain=text": "--explain"
    default: word
    }
  }

  static func restored(_ word: String) -> String { word == "--" + json ? "--explain=json" : word }
}

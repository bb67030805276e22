import ArgumentParser
import Engine
import Glibc
import OCISpec
import Runtime

struct Exec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run another command in a running container.",
    usage: "swiftainer exec [<options>] <container> <command> [<argument> …]",
    discussion: "With -it, the detach keys, ctrl-p ctrl-q, leave it running.")

  @Flag(name: .shortAndLong, help: "Leave it running.") var detach = false
  @OptionGroup var command: CommandFlags
  @Option(
    name: [.customShort("w", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The working folder.", valueName: "folder"))
  var workdir: String?
  @Flag(help: "Give it all capabilities.") var privileged = false
  @Option(help: ArgumentHelp("Other keys that leave it running.", valueName: "keys")) var detachKeys: String?
  @Flag(name: .customLong(ParserWord.unsaid), help: .private) var unsaid = false
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The container, then the command.", valueName: "container"),
    completion: .custom { _, _, _ in Completions.containers() })
  var words: [String] = []

  func run() throws {
    // As they were typed: the parser was given other words for some.
    var words = CommandLine.arguments.suffix(self.words.count)
    if words.first == "--help" || words.first == "-h" { throw CleanExit.helpRequest(self) }
    if words.first == "--" {
      words.removeFirst()
    } else if let flag = words.first, flag.hasPrefix("-") {
      throw ValidationError(FlagHint.unknown(flag))
    }
    guard let word = words.popFirst() else { throw ValidationError("a container is missing") }
    if words.isEmpty { throw ValidationError("a command is missing") }
    if command.tty && command.interactive && !detach && isatty(STDIN_FILENO) == 0 {
      throw Failure("-it", reason: "the input device is not a TTY", hint: "leave out -t")
    }
    let keys = try detachKeys.map { try DetachKeys(flag: $0) } ?? .usual
    let container = try Containers().find(word)
    let session = try ExecSession(container, word: word, request(Array(words)))
    if detach { return try leave(session) }
    if command.tty { throw ExitCode(try sit(session, keys)) }
    // Who carries outlives the command, whose end is not the process's; before there are pipes, so that nobody else has
    // their ends.
    let front = CarriedStreams.areNeeded(input: command.interactive) ? try Stayer.become() : nil
    if front != nil { SignalSet.block([SIGHUP, SIGINT, SIGQUIT, SIGTERM]) }
    var streams = try CarriedStreams(input: command.interactive)
    let process = try streams.lent { try session.start() }
    let code = session.ended(try streams.carry(process, front: front?.descriptor ?? -1))
    if let failure = streams.failure { throw failure }
    throw ExitCode(code)
  }

  private func request(_ arguments: [String]) throws -> ExecRequest {
    var request = ExecRequest(arguments)
    request.environment = try command.environment
    request.user = command.user
    request.workingFolder = workdir
    request.terminal = command.tty
    request.privileged = privileged
    if command.tty, let size = Terminal.size(of: STDIN_FILENO) ?? Terminal.size(of: STDOUT_FILENO) {
      request.consoleSize = Box(height: UInt(size.ws_row), width: UInt(size.ws_col))
    }
    return request
  }

  /// Starts the process and leaves it to a copy of this one, which tells of its end.
  private func leave(_ session: ExecSession) throws {
    let front = try Stayer.become()
    // Errors of the launch are still told to the person.
    let said = dup(STDERR_FILENO)
    _ = fcntl(said, F_SETFD, FD_CLOEXEC)
    StandardDescriptors.makeNull()
    SignalSet.blockAll()
    var master: CInt = -1
    var process: LaunchedProcess
    do {
      process = try session.start { master = $0 }
    } catch {
      dup2(said, STDERR_FILENO)
      throw error
    }
    close(said)
    front.leave()
    var foreground = try Foreground(process, master: master, interactive: false, passesSignals: false)
    throw ExitCode(session.ended(try foreground.waitUnseen()))
  }

  /// Carries bytes between the process's terminal and the person's until it ends, or they leave.
  private func sit(_ session: ExecSession, _ keys: DetachKeys) throws -> Int32 {
    let front = try Stayer.become()
    SignalSet.blockAll()
    var master: CInt = -1
    let process = try session.start { master = $0 }
    return session.ended(try stay(process, master, keys, front))
  }

  private func stay(
    _ process: LaunchedProcess, _ master: CInt, _ keys: DetachKeys, _ front: Stayer
  ) throws -> CInt {
    var foreground = try Foreground(
      process, master: master, interactive: command.interactive, passesSignals: false, detachKeys: keys.bytes,
      front: front.descriptor)
    switch try foreground.stay() {
    case .ended(let status): return status
    case .detached:
      front.leave()
      return try foreground.waitUnseen()
    case .abandoned: break
    }
    // Its terminal hangs up with the person's.
    _ = consume foreground
    return process.wait() ?? 0
  }
}

import ArgumentParser
import Engine
import Glibc
import OCISpec
import Runtime

/// What `run` and `exec` say of a command.
struct CommandFlags: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Pass standard input on.") var interactive = false
  @Flag(name: .shortAndLong, help: "Give it a terminal.") var tty = false
  @Option(
    name: [.customShort("e", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a variable: NAME=VALUE, or NAME for your own value.", valueName: "variable"))
  var env: [String] = []
  @Option(
    parsing: .unconditionalSingleValue, help: ArgumentHelp("Set those in a file.", valueName: "file"))
  var envFile: [String] = []
  @Option(
    name: [.customShort("u", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The user: USER[:GROUP], names or numbers.", valueName: "user"))
  var user: String?

  /// The variables, those of files first.
  var environment: [String] {
    get throws { try envFile.flatMap(KeyValue.variables(file:)) + env.map(KeyValue.variable) }
  }
}

/// The payload: its streams, its surroundings, who it is.
struct ProcessFlags: ParsableArguments {
  @OptionGroup var command: CommandFlags
  @Option(
    name: [.customShort("a", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Only these streams: stdin, stdout, stderr.", valueName: "stream"))
  var attach: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Run this, with the command as its arguments; empty: only the command.", valueName: "program"))
  var entrypoint: String?
  @Flag(name: .customLong(ParserWord.noEntrypoint), help: .private) var noEntrypoint = false
  @Option(
    name: [.customShort("w", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The working folder, made where it is missing.", valueName: "folder"))
  var workdir: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A further group, by name or number.", valueName: "group"))
  var groupAdd: [String] = []
  @Option(
    name: [.customShort("h", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The hostname.", valueName: "name"))
  var hostname: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("The domain of that name.", valueName: "name"))
  var domainname: String?

  func apply(to options: inout RunOptions) throws {
    options.interactive = command.interactive
    options.terminal = command.tty
    if !attach.isEmpty {
      options.attached = try attach.map { name throws(Failure) in
        guard let stream = StandardStream(rawValue: name.lowercased()) else {
          throw Failure("--attach", name, reason: "unknown stream", hint: "stdin, stdout or stderr")
        }
        return stream
      }
    }
    options.entrypoint = entrypoint.map { $0.isEmpty ? [] : [$0] } ?? (noEntrypoint ? [] : nil)
    options.environment = try command.environment
    options.workingFolder = workdir
    options.user = command.user
    options.groups = groupAdd
    options.hostname = try filled(hostname, "--hostname")
    options.domainname = try filled(domainname, "--domainname")
    if command.tty, let size = Terminal.size(of: STDOUT_FILENO) {
      options.consoleSize = Box(height: UInt(size.ws_row), width: UInt(size.ws_col))
    }
  }
}

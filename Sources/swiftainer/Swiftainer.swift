import ArgumentParser
import CShim
import Engine
import Glibc
import Runtime
import Templates

/// The everyday command line.
///
/// Each verb says its name. Where one does not, the parser derives it from the type's, and asks for that whether the type
/// can describe itself: the answer takes a look at every conformance of the program, for all verbs a third of a start.
@main
struct Swiftainer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swiftainer",
    abstract: "Run containers, and see how they are made.",
    version: RuntimeVersion.number,
    groupedSubcommands: [
      CommandGroup(name: "To make containers and end them", subcommands: lifeVerbs),
      CommandGroup(
        name: "To look at them",
        subcommands: [List.self, Inspect.self] + viewVerbs + [Events.self, Metrics.self]),
      CommandGroup(name: "To change them", subcommands: changeVerbs),
      CommandGroup(name: "For images", subcommands: imageVerbs),
      CommandGroup(name: "For this machine", subcommands: [Info.self, ShowVersion.self]),
      CommandGroup(
        name: "All verbs, by what they are for",
        subcommands: [ContainerNoun.self, ImageNoun.self, NetworkNoun.self, VolumeNoun.self, SystemNoun.self]),
    ])

  // These are spelt the same below `container`.
  private static let lifeVerbs: [any ParsableCommand.Type] = [
    Run.self, Create.self, Start.self, Stop.self, Restart.self, Kill.self, Pause.self, Unpause.self,
    Wait.self, Attach.self, Exec.self, Remove.self,
  ]
  private static let viewVerbs: [any ParsableCommand.Type] = [
    Logs.self, Top.self, Stats.self, Port.self, Diff.self,
  ]
  private static let changeVerbs: [any ParsableCommand.Type] = [
    Rename.self, Update.self, Copy.self, Commit.self, Export.self,
  ]

  private static let imageVerbs: [any ParsableCommand.Type] = [
    ImageList.self, Pull.self, Push.self, Tag.self, ImageRemove.self, History.self, ImageSave.self,
    ImageLoad.self, ImageImport.self, Search.self, Login.self, Logout.self,
  ]

  static let containerVerbs = lifeVerbs + viewVerbs + changeVerbs

  /// What a verb is: two words where a noun comes first.
  struct Verb {
    let type: any ParsableCommand.Type
    let words: ArraySlice<String>

    var name: String { type._commandName }
    var typed: String { words.joined(separator: " ") }
    /// Whether the last of its words are those of another program.
    var endsInForeignWords: Bool {
      type == Run.self || type == Create.self || type == Exec.self || type == Top.self
    }
  }

  /// The verb that the words begin with, if there is one of that name.
  static func verb(in words: [String]) -> Verb? {
    func command(_ word: String?, in parent: any ParsableCommand.Type) -> (any ParsableCommand.Type)? {
      parent.configuration.subcommands.first {
        word != nil && ($0._commandName == word || $0.configuration.aliases.contains(word!))
      }
    }
    guard let first = command(words.first, in: Swiftainer.self) else { return nil }
    if first.configuration.subcommands.isEmpty { return Verb(type: first, words: words[..<1]) }
    guard let second = command(words.dropFirst().first, in: first) else { return nil }
    return Verb(type: second, words: words[..<2])
  }

  /// Whether a word is a noun with verbs of its own.
  static func isNoun(_ word: String?) -> Bool {
    configuration.subcommands.contains { $0._commandName == word && !$0.configuration.subcommands.isEmpty }
  }

  static func main() {
    // Nothing in a container may look into this process (CVE-2016-9962).
    _ = shim_set_dumpable(0)
    StandardDescriptors.ensureOpen()
    let typed = words
    do {
      words = ParserWord.from(typed == ["-v"] ? ["--version"] : typed)
      var command = try command()
      try command.run()
    } catch {
      Glibc.exit(ErrorReport(error, typed).print())
    }
  }

  /// What was typed, in the forms that the parser takes. It changes only before a verb is run.
  nonisolated(unsafe) private(set) static var words = Array(CommandLine.arguments.dropFirst())

  private static func command() throws -> any ParsableCommand {
    // A verb alone is parsed in half the time. What is wrong, and who asks for help, is told by the tree of all verbs, which
    // knows what is typed before it.
    if let verb = verb(in: words) {
      if let command = parsed(verb) { return command }
      // Only now is it worth the time to ask the verb for its flags.
      if !verb.endsInForeignWords {
        let typed = words
        words = ParserWord.from(typed, FlagForms(of: verb.type), after: verb.words.count)
        if words != typed, let command = parsed(verb) { return command }
      }
    }
    return try parseAsRoot(words)
  }

  private static func parsed(_ verb: Verb) -> (any ParsableCommand)? {
    let command = try? verb.type.parseAsRoot(Array(words.dropFirst(verb.words.count)))
    return command.flatMap { type(of: $0) == verb.type ? $0 : nil }
  }
}

/// A verb that is not there.
private struct UnknownCommand {
  private let typed: String
  /// What it was to be a verb of.
  let noun: String?

  /// Nil where the words begin with a verb, or are about none.
  init?(in words: [String]) {
    let words = Array(words.drop { $0 == "help" }.prefix { !$0.hasPrefix("-") })
    noun = Swiftainer.isNoun(words.first) ? words.first : nil
    // With a noun two words are the command; alone it has its overview.
    let count = noun == nil ? 1 : 2
    if words.count < count || Swiftainer.verb(in: words) != nil { return nil }
    typed = words.prefix(count).joined(separator: " ")
  }

  /// What people type most of what is not there is told how else it is had.
  var message: String {
    let isBuild = ["build", "image build", "buildx", "builder"].contains(typed)
    return Failure(
      "unknown command \(typed)",
      hint: isBuild ? "buildah and docker build images, and swiftainer load takes their archives" : nil
    ).description
  }
}

/// How an error is told, and what a shell is told of it.
struct ErrorReport {
  private let error: Error
  private let words: [String]

  init(_ error: Error, _ words: [String]) {
    self.error = error
    self.words = words
  }

  /// Prints the error and returns the exit code: 125 for what is ours, 126 and 127 as in a shell.
  func print() -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    // The parser has an overview for whoever asks for help with what is not there.
    if let unknown = UnknownCommand(in: words) {
      say(unknown.message)
      see(unknown.noun)
      return 125
    }
    switch Swiftainer.exitCode(for: error) {
    case .success:
      Swift.print(Self.withPlainHeadings(Swiftainer.fullMessage(for: error)))
      return 0
    case .validationFailure:
      let verb = Swiftainer.verb(in: words)
      say(FlagHint.added(to: Self.message(of: error), verb: verb?.name))
      see(verb?.typed ?? words.first.flatMap { Swiftainer.isNoun($0) ? $0 : nil })
      return 125
    default:
      if let error = error as? TemplateError {
        say(error.commandLineMessage)
        return 64
      }
      // The program that failed has told why.
      if !(error is ProgramFailure) { say("\(error)") }
      if let failure = error as? LaunchFailure { return failure.code }
      // Codes from 125 on are those of verbs that end with a payload's code.
      guard let verb = Swiftainer.verb(in: words), ["run", "create", "exec"].contains(verb.name),
        !["volume create", "network create"].contains(verb.typed)
      else { return 1 }
      return (error as? Failure).map(Self.code) ?? 125
    }
  }

  /// Help whose groups of verbs are headed by their names alone.
  private static func withPlainHeadings(_ help: String) -> String {
    let ending = " SUBCOMMANDS:"
    return help.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasSuffix(ending) ? line.dropLast(ending.count) + ":" : line
    }.joined(separator: "\n")
  }

  /// - Parameter command: whose help tells more; nil for the overview.
  private func see(_ command: String?) {
    say("see 'swiftainer \(command.map { $0 + " " } ?? "")--help'", prefix: false)
  }

  /// The parser's own words, in the shape of all our errors: lower case, without a full stop.
  private static func message(of error: Error) -> String {
    let line =
      Swiftainer.message(for: error).split(separator: "\n").first.map(String.init) ?? "bad command line"
    return line.prefix(1).lowercased()
      + line.dropFirst().prefix(line.hasSuffix(".") ? line.count - 2 : line.count)
  }

  private static func code(_ failure: Failure) -> Int32 {
    switch failure.kind {
    case .programNotFound: 127
    case .programNotExecutable: 126
    default: 125
    }
  }

  private func say(_ text: String, prefix: Bool = true) { Self.say(text, prefix: prefix) }

  /// One line on standard error.
  static func say(_ text: String, prefix: Bool = true) {
    write((prefix ? "swiftainer: " : "") + text + "\n")
  }

  /// Writes to standard error.
  static func write(_ text: String) {
    _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  }
}

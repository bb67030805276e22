import ArgumentParser
import Engine
import Glibc
import Runtime

/// Containers that a verb is for, by name, ID or the beginning of an ID.
struct ContainerWords: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Names, IDs, or beginnings of IDs.", valueName: "container"),
    completion: .custom { _, _, _ in Completions.containers() })
  var containers: [String] = []

  /// Does something to each, and prints its word as it was typed; what fails is told, and the others go on.
  ///
  /// - Throws: `ExitCode` 1 where one has failed.
  func each(prints: Bool = true, _ body: (StoredContainer) throws -> Void) throws {
    try eachWord(prints: prints) { word, all in try body(try all.find(word)) }
  }

  /// As `each`, for those whose files may be damaged.
  ///
  /// - Parameter forgivesMissing: one that is not there is told, but is no failure.
  func eachWord(
    prints: Bool = true, forgivesMissing: Bool = false, _ body: (String, Containers) throws -> Void
  ) throws {
    if containers.isEmpty { throw ValidationError("a container is missing") }
    let all = Containers()
    try EachWord.run(
      containers, prints: prints, forgives: { forgivesMissing && Containers.isMissing($0, by: $1) },
      { try body($0, all) })
  }
}

/// One container.
struct ContainerWord: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A name, an ID, or the beginning of one.", valueName: "container"),
    completion: .custom { _, _, _ in Completions.containers() })
  var container: String

  func find() throws -> StoredContainer { try Containers().find(container) }
}

/// What a shell can complete.
enum Completions {
  static func containers() -> [String] { Containers().all().map(\.name).sorted() }
  static func images() -> [String] {
    ((try? EngineImages().store.tags()) ?? []).filter { $0.reference.tag != nil }.map(\.reference.familiar)
  }
  static func networks() -> [String] { EngineNetworks().stored.all().map(\.name).sorted() }
  static func volumes() -> [String] { Volumes().all().map(\.name).sorted() }

  /// - Parameter words: the line as it is typed so far.
  static func inspected(_ words: [String]) -> [String] {
    if words.contains("network") { return networks() }
    if words.contains("image") { return images() }
    return words.contains("volume") ? volumes() : containers()
  }
}

/// A signal's name or number.
func signalNumber(_ text: String, flag: String) throws -> CInt {
  guard let number = SignalName.number(text) else {
    throw Failure(flag, text, reason: "no such signal", hint: "a name as in TERM, or a number")
  }
  return number
}

import ArgumentParser

/// What a verb does for each of the words that a person has typed.
enum EachWord {
  /// Does it, and prints the word as it was typed; what fails is told, and the others go on.
  ///
  /// - Parameter forgives: whether an error for that word is told, but is none to a shell.
  /// - Throws: `ExitCode` 1 where one has failed.
  static func run(
    _ words: [String], prints: Bool = true, forgives: (String, Error) throws -> Bool = { _, _ in false },
    _ body: (String) throws -> Void
  ) throws {
    var failed = false
    for word in words {
      do {
        try body(word)
        if prints { print(word) }
      } catch {
        ErrorReport.say("\(error)")
        if (try? forgives(word, error)) != true { failed = true }
      }
    }
    if failed { throw ExitCode(1) }
  }
}

import ArgumentParser

/// What a verb does for each of the words that a person has typed.
enum EachWord {
  /// Does it, and prints the word as it was typed; what fails is told, and the others go on.
  ///
  /// - Throws: `ExitCode` 1 where one has failed.
  static func run(_ words: [String], prints: Bool = true, _ body: (String) throws -> Void) throws {
    var failed = false
    for word in words {
      do {
        try body(word)
        if prints { print(word) }
      } catch {
        failed = true
        ErrorReport.say("\(error)")
      }
    }
    if failed { throw ExitCode(1) }
  }
}

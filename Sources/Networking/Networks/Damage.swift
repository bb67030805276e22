import OCISpec
import Runtime

/// What is wrong with a file that this program has written.
enum Damage {
  /// Says which file it is, and what a person can do, where its content is not as it must be.
  static func naming<Result>(_ file: String, hint: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as SpecError {
      throw Failure("read", file, reason: "\(error)", hint: hint)
    }
  }
}

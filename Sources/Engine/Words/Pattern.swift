import Glibc
import Runtime

/// A regular expression. Source: "Extended Regular Expressions" in POSIX.1-2017, 9.4.
final class Pattern {
  private let text: String
  private var compiled = regex_t()

  /// - Parameter subject: what errors name, as in `--filter name=(`.
  init(_ text: String, subject: String) throws(Failure) {
    self.text = text
    let code = regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB)
    guard code == 0 else {
      compiled = regex_t()
      var reason = [UInt8](repeating: 0, count: 128)
      _ = reason.withUnsafeMutableBytes {
        regerror(code, nil, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
      }
      let words = String(decoding: reason.prefix { $0 != 0 }, as: UTF8.self)
      throw Failure(
        subject, reason: "not a regular expression: " + words.prefix(1).lowercased() + words.dropFirst())
    }
  }

  deinit { regfree(&compiled) }

  /// Whether it is found anywhere in a text.
  func matches(_ other: String) -> Bool { text == other || regexec(&compiled, other, 0, nil, 0) == 0 }
}

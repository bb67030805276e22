/// How a server wants to be told who asks. Source: RFC 9110, 11.6.1; distribution's "Token Authentication".
struct Challenge: Equatable, Sendable {
  /// In lower case: `bearer`, `basic`.
  var scheme: String
  /// Names in lower case.
  var parameters: [String: String]

  /// Reads the values of `WWW-Authenticate`, each of which may hold several challenges.
  static func parse(_ values: [String]) -> [Challenge] {
    var result: [Challenge] = []
    for value in values.prefix(8) where value.utf8.count <= 16 << 10 {
      var scanner = Scanner(rest: value[...])
      scanner.challenges(&result)
    }
    return result
  }

  /// A text taken apart from its beginning on.
  private struct Scanner {
    var rest: Substring

    mutating func challenges(_ result: inout [Challenge]) {
      while true {
        skip { $0 == " " || $0 == "\t" || $0 == "," }
        let word = token()
        if word.isEmpty { return }
        let isParameter = isNext("=")
        if isParameter, !result.isEmpty {
          if let value = value() {
            // What is said first counts: nothing later may change it.
            let name = word.lowercased()
            if result[result.count - 1].parameters[name] == nil {
              result[result.count - 1].parameters[name] = value
            }
          }
        } else {
          result.append(Challenge(scheme: word.lowercased(), parameters: [:]))
        }
      }
    }

    private mutating func skip(_ isSkipped: (Character) -> Bool) { rest = rest.drop(while: isSkipped) }

    private mutating func token() -> Substring {
      let word = rest.prefix { !" \t,=\"".contains($0) }
      rest = rest[word.endIndex...]
      if word.isEmpty, !rest.isEmpty {
        // Not at a word's beginning: go on behind it, or never end.
        rest = rest.dropFirst()
        return rest.isEmpty ? "" : token()
      }
      return word
    }

    private func isNext(_ sign: Character) -> Bool { rest.drop { $0 == " " || $0 == "\t" }.first == sign }

    private mutating func value() -> String? {
      skip { $0 == " " || $0 == "\t" }
      rest = rest.dropFirst()
      skip { $0 == " " || $0 == "\t" }
      guard rest.first == "\"" else { return String(token()) }
      rest = rest.dropFirst()
      var text = ""
      while let letter = rest.popFirst() {
        if letter == "\"" { return text }
        if letter == "\\", let escaped = rest.popFirst() {
          text.append(escaped)
        } else {
          text.append(letter)
        }
      }
      return nil
    }
  }
}

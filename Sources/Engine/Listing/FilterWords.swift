import Runtime

/// What several `--filter` say, each `KEY=VALUE`.
public struct FilterWords: Sendable {
  private var values: [String: [String]] = [:]

  /// - Parameter known: the keys that mean something.
  public init(_ words: [String], known: [String]) throws(Failure) {
    for word in words {
      guard let sign = word.firstIndex(of: "=") else {
        throw Failure("--filter", word, reason: "not KEY=VALUE")
      }
      let key = Self.trimmed(word[..<sign]).lowercased()
      guard known.contains(key) else {
        throw Failure(
          "--filter", word, reason: "unknown filter '\(key)'", hint: known.joined(separator: ", "))
      }
      values[key, default: []].append(Self.trimmed(word[word.index(after: sign)...]))
    }
  }

  public subscript(key: String) -> [String] { values[key] ?? [] }

  public func has(_ key: String) -> Bool { values[key] != nil }

  /// What a key that is true or false was said to be last; nil where it was not said.
  public func flag(_ key: String) throws(Failure) -> Bool? {
    guard let value = self[key].last else { return nil }
    switch value {
    case "true", "1": return true
    case "false", "0": return false
    default: throw Self.bad(key, value, "neither true nor false")
    }
  }

  /// Whether labels are as `label` and `label!` say: all of them.
  public func fits(labels: [String: String]) -> Bool {
    func holds(_ wanted: String) -> Bool {
      let parts = wanted.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let value = labels[String(parts[0])] else { return false }
      return parts.count == 1 || value == parts[1]
    }
    return self["label"].allSatisfy(holds) && !self["label!"].contains(where: holds)
  }

  static func bad(_ key: String, _ value: String, _ reason: String, hint: String? = nil) -> Failure {
    Failure("--filter", "\(key)=\(value)", reason: reason, hint: hint)
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

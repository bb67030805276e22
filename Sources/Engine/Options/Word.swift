import OCISpec

/// A value that is written as one word, by people and in what is kept of a container.
public protocol Word: Equatable, Sendable {
  /// Nil for what is no such word.
  init?(word: String)
  var word: String { get }
}

extension JSONObject {
  /// A word; nil where it is absent or null.
  func word<T: Word>(_ name: StaticString, as type: T.Type = T.self) throws(SpecError) -> T? {
    guard let member = self[name] else { return nil }
    let text = try member.string()
    guard let value = T(word: text) else { throw member.error("has the unknown value '\(text)'") }
    return value
  }

  /// A truth value; false where it is absent or null.
  func flag(_ name: StaticString) throws(SpecError) -> Bool { try bool(name) ?? false }
}

extension JSONWriter {
  /// Writes a word, or nothing.
  mutating func member<T: Word>(_ name: StaticString, word value: T?) { member(name, value?.word) }

  /// Writes true, or nothing.
  mutating func member(_ name: StaticString, flag value: Bool) { member(name, value ? true : nil) }
}

/// A value that can be read from JSON.
public protocol JSONReadable {
  /// Reads the value. Throws `SpecError` with the path of what is wrong.
  init(json node: JSONNode) throws(SpecError)
}

extension JSONNode {
  /// One of an enumeration's names.
  public func choice<T>(_ type: T.Type = T.self) throws(SpecError) -> T
  where T: RawRepresentable<String> & CaseIterable {
    let text = try string()
    if let value = T(rawValue: text) { return value }
    let names = T.allCases.map(\.rawValue)
    if names.count <= 8 { throw error("must be \(alternatives(names)), not \(quoted(text))") }
    throw error(
      "has the unknown value \(quoted(text))",
      hint: closest(to: text, of: names).map { "did you mean '\($0)'?" })
  }

  /// An array of an enumeration's names.
  public func choices<T>(_ type: T.Type = T.self) throws(SpecError) -> [T]
  where T: RawRepresentable<String> & CaseIterable {
    try array { (element) throws(SpecError) in try element.choice(type) }
  }
}

extension JSONObject {
  /// A member of a type of its own; nil where it is absent or null.
  public func value<T: JSONReadable>(_ name: StaticString, as type: T.Type = T.self) throws(SpecError) -> T? {
    guard let member = self[name] else { return nil }
    return try T(json: member)
  }

  /// An array of values of a type of their own; empty where it is absent or null.
  public func list<T: JSONReadable>(_ name: StaticString, of type: T.Type = T.self) throws(SpecError) -> [T] {
    try self[name]?.array { (element) throws(SpecError) in try T(json: element) } ?? []
  }

  /// An object whose members are values of a type of their own; empty where it is absent or null.
  public func dictionary<T: JSONReadable>(
    _ name: StaticString, of type: T.Type = T.self
  ) throws(SpecError) -> [String: T] {
    try dictionary(name) { (value) throws(SpecError) in try T(json: value) }
  }

  /// One of an enumeration's names; nil where it is absent, null or empty.
  public func choice<T>(_ name: StaticString, _ type: T.Type = T.self) throws(SpecError) -> T?
  where T: RawRepresentable<String> & CaseIterable {
    try self[name]?.choice(type)
  }

  /// An array of an enumeration's names; empty where it is absent or null.
  public func choices<T>(_ name: StaticString, _ type: T.Type = T.self) throws(SpecError) -> [T]
  where T: RawRepresentable<String> & CaseIterable {
    try self[name]?.choices(type) ?? []
  }
}

/// Names for people, as in `a, b or c`.
func alternatives(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " or " + last
}

/// The name that differs from a text by the fewest letters, if these are few.
func closest(to text: String, of names: [String]) -> String? {
  guard text.utf8.count <= 64 else { return nil }
  let ranked = names.map { (name: $0, distance: editDistance(Array(text.utf8), Array($0.utf8))) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, best.name.utf8.count / 4) ? best.name : nil
}

/// How many letters must be inserted, removed or replaced to turn one text into the other, whatever their
/// case.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
  var row = Array(0...second.count)
  for (line, left) in first.enumerated() {
    var diagonal = row[0]
    row[0] = line + 1
    for (column, right) in second.enumerated() {
      let replaced = diagonal + (left | 0x20 == right | 0x20 ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
    }
  }
  return row[second.count]
}

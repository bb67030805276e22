import Glibc

/// An object in a JSON document, read by name. As in Go's decoder, a member that is null counts as absent.
/// Members nobody asks for are ignored.
public struct JSONObject: Sendable {
  /// The object's node.
  public let node: JSONNode

  /// A member's value; nil where it is absent or null.
  public subscript(name: StaticString) -> JSONNode? {
    let document = node.document
    let length = name.utf8CodeUnitCount
    return document.bytes.withUnsafeBufferPointer { text -> JSONNode? in
      let end = Int(document.nodes[node.index].next)
      var child = node.index + 1
      while child + 1 < end {
        let candidate = document.nodes[child]
        let value = document.nodes[child + 1]
        let isMatch: Bool
        if candidate.flag {
          isMatch = document.text(of: child).utf8.elementsEqual(
            UnsafeBufferPointer(start: name.utf8Start, count: length))
        } else {
          isMatch =
            Int(candidate.end - candidate.start) == length
            && text.baseAddress.map { memcmp($0 + Int(candidate.start), name.utf8Start, length) == 0 }
              ?? false
        }
        if isMatch { return value.kind == .null ? nil : JSONNode(document: document, index: child + 1) }
        child = Int(value.next)
      }
      return nil
    }
  }

  /// A member's value, which must be there.
  public func required(_ name: StaticString) throws(SpecError) -> JSONNode {
    guard let member = self[name] else {
      throw SpecError(jsonPath(node.path, name.description), "is required")
    }
    return member
  }

  /// A string member; nil where it is absent, null or empty. Go's encoders leave out what is empty, so
  /// absent and empty mean the same everywhere in a configuration.
  public func string(_ name: StaticString) throws(SpecError) -> String? {
    guard let text = try self[name]?.string(), !text.isEmpty else { return nil }
    return text
  }

  /// A truth value; nil where it is absent or null.
  public func bool(_ name: StaticString) throws(SpecError) -> Bool? { try self[name]?.bool() }

  /// A whole number; nil where it is absent or null.
  public func integer<T: FixedWidthInteger>(
    _ name: StaticString, as type: T.Type = T.self
  ) throws(SpecError) -> T? {
    try self[name]?.integer(type)
  }

  /// An array of strings; empty where it is absent or null.
  public func strings(_ name: StaticString) throws(SpecError) -> [String] {
    try self[name]?.strings() ?? []
  }

  /// An array of whole numbers; empty where it is absent or null.
  public func integers<T: FixedWidthInteger>(
    _ name: StaticString, as type: T.Type = T.self
  ) throws(SpecError) -> [T] {
    try self[name]?.integers() ?? []
  }

  /// An object whose members all have values of one kind; empty where it is absent or null.
  public func dictionary<T>(
    _ name: StaticString, _ read: (JSONNode) throws(SpecError) -> T
  ) throws(SpecError) -> [String: T] {
    guard let object = try self[name]?.object() else { return [:] }
    var result: [String: T] = [:]
    for (key, value) in object.members {
      if key.utf8.contains(0) { throw value.error("must not have a NUL byte in its name") }
      // Two names can be the same text in different Unicode forms, which dictionaries cannot tell apart.
      if result.updateValue(try read(value), forKey: key) != nil { throw value.error("appears twice") }
    }
    return result
  }

  /// An object of strings; empty where it is absent or null.
  public func stringDictionary(_ name: StaticString) throws(SpecError) -> [String: String] {
    try dictionary(name) { (value) throws(SpecError) in try value.string() }
  }

  /// All members in their order.
  public var members: [(name: String, value: JSONNode)] {
    var result: [(name: String, value: JSONNode)] = []
    let end = Int(node.document.nodes[node.index].next)
    var child = node.index + 1
    while child + 1 < end {
      let value = JSONNode(document: node.document, index: child + 1)
      result.append((node.document.text(of: child), value))
      child = Int(node.document.nodes[child + 1].next)
    }
    return result
  }
}

/// A value in a JSON document. Its readers throw `SpecError` with the value's path.
public struct JSONNode: Sendable {
  let document: JSONDocument
  let index: Int

  private var node: JSONDocument.Node { document.nodes[index] }

  /// What kind of value it is.
  public var kind: JSONDocument.Kind { node.kind }

  /// The JSON path, as in `mounts[3].destination`.
  public var path: String { document.path(of: index) }

  /// The value's text, byte for byte.
  public var source: ArraySlice<UInt8> {
    let node = node
    return node.kind == .string
      ? document.bytes[Int(node.start) - 1..<Int(node.end) + 1]
      : document.bytes[Int(node.start)..<Int(node.end)]
  }

  /// An error at this value.
  public func error(_ reason: String, hint: String? = nil) -> SpecError {
    SpecError(path.isEmpty ? "the document" : path, reason, hint: hint)
  }

  private func mismatch(_ wanted: String) -> SpecError { error("must be \(wanted), not \(kind.phrase)") }

  /// The string. NUL is refused: no string of a configuration can hold one, as they all end up in C.
  public func string() throws(SpecError) -> String {
    let node = node
    guard node.kind == .string else { throw mismatch("a string") }
    let text = document.text(of: index)
    if node.flag, text.utf8.contains(0) { throw error("must not contain a NUL byte") }
    return text
  }

  /// The truth value.
  public func bool() throws(SpecError) -> Bool {
    switch kind {
    case .true: return true
    case .false: return false
    default: throw mismatch("true or false")
    }
  }

  /// The number, which must be written as an integer (`1.0` and `1e3` are not) and fit the type.
  public func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(SpecError) -> T {
    let node = node
    guard node.kind == .number else { throw mismatch("a whole number") }
    if node.flag { throw error("must be a whole number, not \(numberText)") }
    var start = Int(node.start)
    let isNegative = document.bytes[start] == UInt8(ascii: "-")
    if isNegative { start += 1 }
    var magnitude: UInt64 = 0
    var overflow = false
    for byte in document.bytes[start..<Int(node.end)] {
      let (product, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
      overflow = overflow || tooLarge || carried
      magnitude = sum
    }
    if !isNegative {
      if !overflow, let value = T(exactly: magnitude) { return value }
      throw error("must be at most \(T.max), not \(numberText)")
    }
    if !T.isSigned, overflow || magnitude > 0 { throw error("must not be negative") }
    if !overflow, magnitude <= UInt64(Int64.max) + 1,
      let value = T(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
    {
      return value
    }
    throw error("must be at least \(T.min), not \(numberText)")
  }

  private var numberText: String {
    let text = source
    let shown = String(decoding: text.prefix(40), as: UTF8.self)
    return text.count > 40 ? shown + "..." : shown
  }

  /// The array's elements, each read by a function.
  public func array<T>(_ read: (JSONNode) throws(SpecError) -> T) throws(SpecError) -> [T] {
    let node = node
    guard node.kind == .array else { throw mismatch("an array") }
    var result: [T] = []
    var child = index + 1
    while child < Int(node.next) {
      result.append(try read(JSONNode(document: document, index: child)))
      child = Int(document.nodes[child].next)
    }
    return result
  }

  /// The array's elements, which must be strings.
  public func strings() throws(SpecError) -> [String] {
    try array { (element) throws(SpecError) in try element.string() }
  }

  /// The array's elements, which must be whole numbers.
  public func integers<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(SpecError) -> [T] {
    try array { (element) throws(SpecError) in try element.integer() }
  }

  /// The object.
  public func object() throws(SpecError) -> JSONObject {
    guard kind == .object else { throw mismatch("an object") }
    return JSONObject(node: self)
  }
}

extension JSONDocument {
  /// A string node's text without escapes.
  func text(of index: Int) -> String {
    let node = nodes[index]
    return bytes.withUnsafeBufferPointer { text in
      let raw = UnsafeBufferPointer(rebasing: text[Int(node.start)..<Int(node.end)])
      return node.flag ? String(decoding: unescape(raw), as: UTF8.self) : String(decoding: raw, as: UTF8.self)
    }
  }
}

extension JSONDocument.Kind {
  /// The kind for people, with its article.
  var phrase: String {
    switch self {
    case .null: "null"
    case .false: "false"
    case .true: "true"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

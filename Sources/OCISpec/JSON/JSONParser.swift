import Glibc

/// Turns a JSON text into nodes. Nothing in it can trap: every byte is read through `byte(_:)`, and all
/// sizes fit 32 bits because `JSONDocument` bounds the text.
struct JSONParser {
  private let text: UnsafeBufferPointer<UInt8>
  var position = 0
  private(set) var nodes: [JSONDocument.Node] = []
  /// The node of the first name found twice in one object.
  private(set) var repeatedName: Int?

  init(_ text: UnsafeBufferPointer<UInt8>) {
    self.text = text
    nodes.reserveCapacity(text.count / 10 + 8)
  }

  mutating func parse() throws(JSONSyntaxError) {
    if text.isEmpty { throw JSONSyntaxError(.empty, at: 0) }
    if byte(0) == 0xEF, byte(1) == 0xBB, byte(2) == 0xBF { throw JSONSyntaxError(.byteOrderMark, at: 0) }
    skipSpace()
    try parseValue(depth: 0)
    skipSpace()
    if position < text.count { throw JSONSyntaxError(.trailing, at: position) }
  }

  /// The byte at an offset; 0, which no valid text has outside of strings, past the end.
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 { offset < text.count ? text[offset] : 0 }

  /// Gives the text to a function.
  func withText<T>(_ body: (UnsafeBufferPointer<UInt8>) -> T) -> T { body(text) }

  /// Whether an offset lies past the end.
  func isEnd(_ offset: Int) -> Bool { offset >= text.count }

  @inline(__always)
  private mutating func skipSpace() {
    while true {
      let next = byte(position)
      guard next == UInt8(ascii: " ") || next == 0x0A || next == 0x0D || next == 0x09 else { return }
      position += 1
    }
  }

  private mutating func parseValue(depth: Int) throws(JSONSyntaxError) {
    switch byte(position) {
    case UInt8(ascii: "\""): try parseString()
    case UInt8(ascii: "{"): try parseObject(depth: depth + 1)
    case UInt8(ascii: "["): try parseArray(depth: depth + 1)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
    case UInt8(ascii: "t"): try parseLiteral("true", .true)
    case UInt8(ascii: "f"): try parseLiteral("false", .false)
    case UInt8(ascii: "n"): try parseLiteral("null", .null)
    default: throw JSONSyntaxError(.expectedValue, at: position)
    }
  }

  private mutating func parseObject(depth: Int) throws(JSONSyntaxError) {
    let node = try open(.object, depth: depth)
    skipSpace()
    var members = 0
    if byte(position) != UInt8(ascii: "}") {
      while true {
        guard byte(position) == UInt8(ascii: "\"") else {
          throw JSONSyntaxError(members == 0 ? .expectedName : .expectedNameAfterComma, at: position)
        }
        try parseString()
        skipSpace()
        guard byte(position) == UInt8(ascii: ":") else { throw JSONSyntaxError(.expectedColon, at: position) }
        position += 1
        skipSpace()
        try parseValue(depth: depth)
        members += 1
        skipSpace()
        if byte(position) == UInt8(ascii: "}") { break }
        guard byte(position) == UInt8(ascii: ",") else {
          throw JSONSyntaxError(.expectedCommaOrBrace, at: position)
        }
        position += 1
        skipSpace()
      }
    }
    close(node)
    if members > 1, repeatedName == nil { repeatedName = findRepeatedName(node, members: members) }
  }

  private mutating func parseArray(depth: Int) throws(JSONSyntaxError) {
    let node = try open(.array, depth: depth)
    skipSpace()
    if byte(position) != UInt8(ascii: "]") {
      while true {
        try parseValue(depth: depth)
        skipSpace()
        if byte(position) == UInt8(ascii: "]") { break }
        guard byte(position) == UInt8(ascii: ",") else {
          throw JSONSyntaxError(.expectedCommaOrBracket, at: position)
        }
        position += 1
        skipSpace()
        if byte(position) == UInt8(ascii: "]") {
          throw JSONSyntaxError(.expectedElementAfterComma, at: position)
        }
      }
    }
    close(node)
  }

  private mutating func open(_ kind: JSONDocument.Kind, depth: Int) throws(JSONSyntaxError) -> Int {
    if depth > JSONDocument.maximumDepth { throw JSONSyntaxError(.tooDeep, at: position) }
    let node = nodes.count
    append(kind, start: position, end: position, flag: false)
    position += 1
    return node
  }

  private mutating func close(_ node: Int) {
    position += 1
    nodes[node].end = UInt32(truncatingIfNeeded: position)
    nodes[node].next = UInt32(truncatingIfNeeded: nodes.count)
  }

  @inline(__always)
  private mutating func append(_ kind: JSONDocument.Kind, start: Int, end: Int, flag: Bool) {
    nodes.append(
      JSONDocument.Node(
        start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
        next: UInt32(truncatingIfNeeded: nodes.count + 1), kind: kind, flag: flag))
  }

  private mutating func parseLiteral(
    _ word: StaticString, _ kind: JSONDocument.Kind
  ) throws(JSONSyntaxError) {
    let length = word.utf8CodeUnitCount
    guard text.count - position >= length, let base = text.baseAddress,
      memcmp(base + position, word.utf8Start, length) == 0
    else { throw JSONSyntaxError(.expectedValue, at: position) }
    append(kind, start: position, end: position + length, flag: false)
    position += length
  }

  private mutating func parseNumber() throws(JSONSyntaxError) {
    let start = position
    if byte(position) == UInt8(ascii: "-") { position += 1 }
    if byte(position) == UInt8(ascii: "0") {
      position += 1
      if isDigit(byte(position)) { throw JSONSyntaxError(.leadingZero, at: start) }
    } else {
      try skipDigits()
    }
    var hasFraction = false
    if byte(position) == UInt8(ascii: ".") {
      hasFraction = true
      position += 1
      try skipDigits()
    }
    if byte(position) | 0x20 == UInt8(ascii: "e") {
      hasFraction = true
      position += 1
      if byte(position) == UInt8(ascii: "+") || byte(position) == UInt8(ascii: "-") { position += 1 }
      try skipDigits()
    }
    append(.number, start: start, end: position, flag: hasFraction)
  }

  private mutating func skipDigits() throws(JSONSyntaxError) {
    guard isDigit(byte(position)) else { throw JSONSyntaxError(.expectedDigit, at: position) }
    while isDigit(byte(position)) { position += 1 }
  }

  @inline(__always)
  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

  private mutating func parseString() throws(JSONSyntaxError) {
    let start = position + 1
    position = start
    let escaped = try skipString()
    append(.string, start: start, end: position, flag: escaped)
    position += 1
  }
}

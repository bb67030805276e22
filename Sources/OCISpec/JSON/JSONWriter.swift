/// Writes JSON text. Members keep the order in which they are written.
///
/// The writer trusts its caller to write a name before each of an object's values and nothing after the
/// outermost value; `object` and `array` take care of brackets, commas and layout.
public struct JSONWriter {
  /// How the text is laid out.
  public enum Layout: Equatable, Sendable {
    /// On one line without spaces.
    case compact
    /// A line for each value, indented by so many spaces per level.
    case indented(Int)
  }

  /// The text so far.
  public private(set) var bytes: [UInt8] = []
  /// How the text is laid out.
  public let layout: Layout

  private var depth = 0
  private var isFirst = true
  private var isAfterName = false

  public init(_ layout: Layout = .compact) {
    self.layout = layout
  }

  /// Writes an object whose members are written by a function.
  public mutating func object(_ body: (inout JSONWriter) -> Void) {
    container(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
  }

  /// Writes an array whose elements are written by a function.
  public mutating func array(_ body: (inout JSONWriter) -> Void) {
    container(UInt8(ascii: "["), UInt8(ascii: "]"), body)
  }

  private mutating func container(_ opening: UInt8, _ closing: UInt8, _ body: (inout JSONWriter) -> Void) {
    beginValue()
    bytes.append(opening)
    depth += 1
    isFirst = true
    body(&self)
    depth -= 1
    if !isFirst { breakLine() }
    bytes.append(closing)
    isFirst = false
  }

  /// Writes a member's name; its value must follow.
  public mutating func name(_ name: String) {
    string(name)
    endName()
  }

  /// Writes a member's name; its value must follow.
  public mutating func name(_ name: StaticString) {
    beginValue()
    name.withUTF8Buffer { appendQuoted($0) }
    endName()
  }

  private mutating func endName() {
    bytes.append(UInt8(ascii: ":"))
    if layout != .compact { bytes.append(UInt8(ascii: " ")) }
    isAfterName = true
  }

  /// Writes a string.
  public mutating func string(_ text: String) {
    beginValue()
    var text = text
    text.withUTF8 { appendQuoted($0) }
  }

  /// Writes a string from bytes that may not be UTF-8, as a program's output; what is malformed becomes
  /// U+FFFD.
  public mutating func string(bytes text: some Sequence<UInt8>) {
    string(String(decoding: Array(text), as: UTF8.self))
  }

  /// Writes a whole number.
  @inlinable
  public mutating func integer(_ value: some FixedWidthInteger) {
    // The digits are written by code for one type: generic arithmetic costs microseconds a number.
    if let small = Int64(exactly: value) {
      integer(isNegative: small < 0, small.magnitude)
    } else {
      integer(isNegative: false, UInt64(value))
    }
  }

  @usableFromInline
  mutating func integer(isNegative: Bool, _ magnitude: UInt64) {
    beginValue()
    if isNegative { bytes.append(UInt8(ascii: "-")) }
    var unit: UInt64 = 1
    while magnitude / unit >= 10 { unit *= 10 }
    while unit > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(magnitude / unit % 10))
      unit /= 10
    }
  }

  /// Writes a number; null for infinities and NaN, which JSON lacks.
  public mutating func double(_ value: Double) {
    guard value.isFinite else { return null() }
    beginValue()
    bytes.append(contentsOf: value.description.utf8)
  }

  /// Writes a truth value.
  public mutating func bool(_ value: Bool) {
    beginValue()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Writes null.
  public mutating func null() {
    beginValue()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a value that is JSON text already.
  public mutating func raw(_ text: some Sequence<UInt8>) {
    beginValue()
    bytes.append(contentsOf: text)
  }

  private mutating func beginValue() {
    if isAfterName {
      isAfterName = false
    } else {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      if depth > 0 { breakLine() }
    }
    isFirst = false
  }

  private mutating func breakLine() {
    guard case .indented(let width) = layout else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * width))
  }

  private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    var plain = 0
    for index in 0..<text.count {
      let byte = text[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F else {
        continue
      }
      bytes.append(contentsOf: text[plain..<index])
      appendEscape(byte)
      plain = index + 1
    }
    bytes.append(contentsOf: text[plain..<text.count])
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func appendEscape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    default: bytes.append(contentsOf: ("u00" + hexText(byte)).utf8)
    }
  }
}

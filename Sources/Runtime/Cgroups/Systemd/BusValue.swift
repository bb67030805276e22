/// A value of D-Bus, as far as properties of units need it. Source: the D-Bus specification, "Type System".
public indirect enum BusValue: Equatable, Sendable {
  /// A type's letter, and the value as text: of `b`, `y`, `n`, `q`, `i`, `u`, `x`, `t`, `d`, `s`, `o` or `g`.
  case basic(Character, String)
  /// The signature of its elements, and these.
  case array(of: String, [BusValue])
  case structure([BusValue])

  /// The type, as in `a(st)`.
  public var signature: String {
    switch self {
    case .basic(let type, _): String(type)
    case .array(let element, _): "a" + element
    case .structure(let members): "(" + members.map(\.signature).joined() + ")"
    }
  }

  /// The value as busctl(1) takes it: an array begins with its length, a structure has no mark.
  public var words: [String] {
    switch self {
    case .basic(_, let text): [text]
    case .array(_, let elements): [String(elements.count)] + elements.flatMap(\.words)
    case .structure(let members): members.flatMap(\.words)
    }
  }

  static func string(_ text: String) -> BusValue { .basic("s", text) }
  static func bool(_ value: Bool) -> BusValue { .basic("b", value ? "true" : "false") }
  static func uint64(_ value: UInt64) -> BusValue { .basic("t", String(value)) }
  static func strings(_ texts: [String]) -> BusValue { .array(of: "s", texts.map { .string($0) }) }
  static func bytes(_ bytes: [UInt8]) -> BusValue { .array(of: "y", bytes.map { .basic("y", String($0)) }) }
}

/// A property of a unit, as systemd calls it. Sources: org.freedesktop.systemd1(5), systemd.resource-control(5).
public struct UnitProperty: Equatable, Sendable {
  public var name: String
  public var value: BusValue
  /// The first version of systemd that knows it; an older one is not given it. 0 for what all of them know.
  public var since: Int

  public init(_ name: String, _ value: BusValue, since: Int = 0) {
    self.name = name
    self.value = value
    self.since = since
  }

  /// For `swiftainer-systemd`.
  var words: [String] { [String(since)] + commandWords }
  /// For `busctl`.
  var commandWords: [String] { [name, value.signature] + value.words }
}

/// A part of a value's text, whose type may still depend on what surrounds it: `[uint64 1, 2]` holds two `uint64`.
indirect enum PropertyNode {
  typealias Mistake = PropertyText.Mistake

  case number(String)
  case string(String)
  case boolean(Bool)
  case array([PropertyNode])
  case tuple([PropertyNode])
  /// One whose type is written before it.
  case typed(String, PropertyNode)

  /// Whether it takes on another's type.
  private var isOpen: Bool {
    switch self {
    case .number: true
    case .string, .boolean, .typed: false
    case .array(let elements): elements.allSatisfy(\.isOpen)
    case .tuple(let members): members.contains(where: \.isOpen)
    }
  }

  /// The signature it has by itself.
  func type() throws(Mistake) -> String {
    switch self {
    case .number(let text): return Self.isFraction(text) ? "d" : "i"
    case .string: return "s"
    case .boolean: return "b"
    case .typed(let signature, _): return signature
    case .array(let elements):
      guard let leading = elements.first(where: { !$0.isOpen }) ?? elements.first else {
        throw Mistake(reason: "an empty array needs its type before it, as in @as []")
      }
      return "a" + (try leading.type())
    case .tuple(let members):
      var signature = "("
      for member in members { signature += try member.type() }
      return signature + ")"
    }
  }

  /// The value, as one of a type.
  func value(as signature: String) throws(Mistake) -> BusValue {
    switch self {
    case .typed(let own, let node):
      if own != signature {
        throw Mistake(reason: "a value of type \(own) stands where \(signature) is expected")
      }
      return try node.value(as: signature)
    case .number(let text):
      return .basic(try letter(signature, "ynqiuxtd", "a number"), try Self.number(text, signature))
    case .string(let text):
      if text.utf8.contains(0) { throw Mistake(reason: "must not contain a zero byte") }
      return .basic(try letter(signature, "sog", "a text"), text)
    case .boolean(let value):
      return .basic(try letter(signature, "b", "true or false"), value ? "true" : "false")
    case .array(let elements):
      guard signature.hasPrefix("a") else { throw mismatch("an array", signature) }
      let element = String(signature.dropFirst())
      return .array(of: element, try elements.map { node throws(Mistake) in try node.value(as: element) })
    case .tuple(let nodes):
      guard signature.hasPrefix("(") else { throw mismatch("a structure", signature) }
      let types = try Self.parts(of: String(signature.dropFirst().dropLast()))
      guard types.count == nodes.count, !nodes.isEmpty else {
        throw Mistake(reason: "a structure of type \(signature) cannot have \(nodes.count) members")
      }
      var members: [BusValue] = []
      for (node, type) in zip(nodes, types) { members.append(try node.value(as: type)) }
      return .structure(members)
    }
  }

  private func letter(_ signature: String, _ allowed: String, _ what: String) throws(Mistake) -> Character {
    guard signature.count == 1, allowed.contains(signature) else { throw mismatch(what, signature) }
    return signature.first!
  }

  private func mismatch(_ what: String, _ signature: String) -> Mistake {
    Mistake(reason: "\(what) stands where a value of type \(signature) is expected")
  }

  // MARK: Numbers

  private static func isFraction(_ text: String) -> Bool {
    !isHexadecimal(text) && text.contains { ".eEn".contains($0) }
  }

  private static func isHexadecimal(_ text: String) -> Bool {
    text.dropFirst(text.hasPrefix("-") || text.hasPrefix("+") ? 1 : 0).lowercased().hasPrefix("0x")
  }

  /// The number in decimal digits, if the type can hold it.
  private static func number(_ text: String, _ type: String) throws(Mistake) -> String {
    if type == "d" {
      guard let value = Double(text) else { throw Mistake(reason: "`\(text)` is not a number") }
      return String(value)
    }
    let isNegative = text.hasPrefix("-")
    var digits = text.dropFirst(isNegative || text.hasPrefix("+") ? 1 : 0)
    var radix = 10
    if isHexadecimal(text) {
      digits = digits.dropFirst(2)
      radix = 16
    } else if digits.hasPrefix("0"), digits.count > 1 {
      radix = 8
    }
    guard digits.first != "-", digits.first != "+", let magnitude = UInt64(digits, radix: radix) else {
      throw Mistake(reason: "`\(text)` is not a whole number")
    }
    let (below, above): (UInt64, UInt64) =
      switch type {
      case "y": (0, 0xff)
      case "n": (0x8000, 0x7fff)
      case "q": (0, 0xffff)
      case "i": (0x8000_0000, 0x7fff_ffff)
      case "u": (0, 0xffff_ffff)
      case "x": (1 << 63, (1 << 63) - 1)
      default: (0, .max)
      }
    if magnitude > (isNegative ? below : above) {
      throw Mistake(reason: "\(text) does not fit into the type \(type)")
    }
    return (isNegative && magnitude > 0 ? "-" : "") + String(magnitude)
  }

  // MARK: Signatures

  /// Throws where a signature is not one complete type.
  static func check(_ signature: String) throws(Mistake) {
    if try parts(of: signature).count != 1 { throw Mistake(reason: "`@\(signature)` is not one type") }
  }

  /// The complete types that a signature is made of.
  private static func parts(of signature: String) throws(Mistake) -> [String] {
    var parts: [String] = []
    var rest = Substring(signature)
    while !rest.isEmpty {
      let length = try length(of: rest, signature, depth: 0)
      parts.append(String(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return parts
  }

  private static func length(of rest: Substring, _ signature: String, depth: Int) throws(Mistake) -> Int {
    let mistake = Mistake(reason: "`\(signature)` is not a type: variants and dictionaries are not supported")
    guard let first = rest.first, depth < 32 else { throw mistake }
    switch first {
    case "b", "y", "n", "q", "i", "u", "x", "t", "d", "s", "o", "g": return 1
    case "a": return 1 + (try length(of: rest.dropFirst(), signature, depth: depth + 1))
    case "(":
      var total = 1
      while rest.dropFirst(total).first != ")" {
        total += try length(of: rest.dropFirst(total), signature, depth: depth + 1)
      }
      if total == 1 { throw mistake }
      return total + 1
    default: throw mistake
    }
  }
}

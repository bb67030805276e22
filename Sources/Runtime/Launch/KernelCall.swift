import Glibc

/// One kernel call in the form in which strace writes it.
public struct KernelCall: Equatable, Sendable {
  public var name: String
  /// Each in strace's notation: texts quoted, flags by name.
  public var arguments: [String]
  /// What the kernel returned, or minus the error number; nil for a call that is only foreseen.
  public var result: Int64?

  public init(_ name: String, _ arguments: [String], result: Int64? = nil) {
    self.name = name
    self.arguments = arguments
    self.result = result
  }

  /// The call without its result: `umask(022)`.
  public var invocation: String { name + "(" + arguments.joined(separator: ", ") + ")" }

  /// The call and, where it has been made, its result: `umask(022) = 000`.
  public var text: String {
    guard let resultText else { return invocation }
    return invocation + " = " + resultText
  }

  /// What the kernel returned, as strace writes it; nil for a call that is only foreseen.
  public var resultText: String? {
    guard let result else { return nil }
    if result < 0 {
      let code = CInt(truncatingIfNeeded: -result)
      return "-1 \(Self.errorName(code)) (\(Self.errorText(code)))"
    }
    return name == "umask" ? Self.octal(UInt32(truncatingIfNeeded: result)) : String(result)
  }

  /// A look whether something is there, answered with no: plumbing, of no interest to most people.
  public var isProbe: Bool {
    switch name {
    case "openat2": result == Int64(-ENOENT) || result == Int64(-EAGAIN)
    // A program is looked for in one folder after the other.
    case "openat": isFailure && arguments.last?.hasSuffix("O_PATH") == true
    case "faccessat2": isFailure
    default: false
    }
  }

  var isFailure: Bool { (result ?? 0) < 0 }

  func returning(_ result: some BinaryInteger) -> KernelCall {
    KernelCall(name, arguments, result: Int64(result))
  }

  /// A text in quotes, as strace prints it: bytes that are not plain as octal numbers, with as few digits as
  /// what follows allows.
  public static func quote(_ text: String) -> String {
    var quoted = "\""
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "\""): quoted += "\\\""
      case UInt8(ascii: "\\"): quoted += "\\\\"
      case 0x09: quoted += "\\t"
      case 0x0a: quoted += "\\n"
      case 0x0b: quoted += "\\v"
      case 0x0c: quoted += "\\f"
      case 0x0d: quoted += "\\r"
      case 0x20..<0x7f: quoted.append(Character(UnicodeScalar(byte)))
      default:
        let digits = String(byte, radix: 8)
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        let isAmbiguous = (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(next)
        quoted += "\\" + (isAmbiguous ? String(repeating: "0", count: 3 - digits.count) : "") + digits
      }
    }
    return quoted + "\""
  }

  static func quote(_ text: String?) -> String { text.map { quote($0) } ?? "NULL" }

  /// The beginning of a long text, as strace shows it unless told otherwise: `"{\"version\":1,\"id\""...`.
  static func quote(startOf text: String) -> String {
    let bytes = text.utf8
    guard bytes.count > 32 else { return quote(text) }
    return quote(String(decoding: bytes.prefix(32), as: UTF8.self)) + "..."
  }

  /// A list of texts: `["sh", "-c", "true"]`.
  static func list(_ texts: [String]) -> String {
    // strace shows 32 of them, then dots.
    let shown = texts.prefix(32).map { quote($0) } + (texts.count > 32 ? ["..."] : [])
    return "[" + shown.joined(separator: ", ") + "]"
  }

  /// A mode or mask: three digits at least, the first a zero where there is room.
  static func octal(_ number: UInt32) -> String {
    let digits = String(number, radix: 8)
    return digits.count >= 3 ? "0" + digits : String(repeating: "0", count: 3 - digits.count) + digits
  }

  static func hex(_ number: UInt64) -> String { number == 0 ? "0" : "0x" + String(number, radix: 16) }
}

/// A descriptor as a call's argument: a number where the call was made, a name where it is only foreseen.
enum CallDescriptor: ExpressibleByStringLiteral {
  case number(CInt)
  case name(String)

  /// The working directory.
  static let current = CallDescriptor.number(AT_FDCWD)

  init(stringLiteral name: String) { self = .name(name) }
  init(_ argument: UInt64) { self = .number(CInt(truncatingIfNeeded: argument)) }

  var text: String {
    switch self {
    case .number(AT_FDCWD): "AT_FDCWD"
    case .number(let number): String(number)
    case .name(let name): name
    }
  }
}

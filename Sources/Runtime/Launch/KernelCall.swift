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

  public var text: String {
    let call = name + "(" + arguments.joined(separator: ", ") + ")"
    guard let result else { return call }
    if result < 0 { return call + " = -1 " + Self.errorName(CInt(-result)) }
    return call + " = \(result)"
  }

  /// A text in quotes, as strace prints it.
  static func quote(_ text: String) -> String {
    var quoted = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): quoted += "\\\""
      case UInt8(ascii: "\\"): quoted += "\\\\"
      case UInt8(ascii: "\n"): quoted += "\\n"
      case UInt8(ascii: "\t"): quoted += "\\t"
      case 0x20..<0x7f: quoted.append(Character(UnicodeScalar(byte)))
      default: quoted += "\\" + String(byte, radix: 8)
      }
    }
    return quoted + "\""
  }

  static func errorName(_ code: CInt) -> String {
    let names: [CInt: String] = [
      EPERM: "EPERM", ENOENT: "ENOENT", ESRCH: "ESRCH", EINTR: "EINTR", EIO: "EIO", EBADF: "EBADF", EAGAIN: "EAGAIN",
      ENOMEM: "ENOMEM", EACCES: "EACCES", EBUSY: "EBUSY", EEXIST: "EEXIST", EXDEV: "EXDEV", ENODEV: "ENODEV",
      ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EINVAL: "EINVAL", ENOSPC: "ENOSPC", EROFS: "EROFS", ELOOP: "ELOOP",
      ENOSYS: "ENOSYS", EOPNOTSUPP: "EOPNOTSUPP", ENAMETOOLONG: "ENAMETOOLONG",
    ]
    return names[code] ?? "E\(code)"
  }
}

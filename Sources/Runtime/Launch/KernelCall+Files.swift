/// Calls on files. Source: openat2(2), mkdir(2), mknod(2), symlink(2), chown(2), write(2).
extension KernelCall {
  static func openat(_ folder: CallDescriptor, _ path: String, _ flags: UInt64, mode: UInt32? = nil)
    -> KernelCall
  {
    KernelCall(
      "openat", [folder.text, quote(path), FlagNames.openFlags(flags)] + (mode.map { [octal($0)] } ?? []))
  }

  static func faccessat2(_ folder: CallDescriptor, _ path: String, _ rights: UInt32, flags: UInt64)
    -> KernelCall
  {
    let names = [(4, "R_OK"), (2, "W_OK"), (1, "X_OK")].filter { rights & $0.0 != 0 }.map(\.1)
    return KernelCall(
      "faccessat2",
      [
        folder.text, quote(path), names.isEmpty ? "F_OK" : names.joined(separator: "|"),
        flags == 0x200 ? "AT_EACCESS" : hex(flags),
      ])
  }

  static func openat2(
    _ folder: CallDescriptor, _ path: String, flags: UInt64, mode: UInt64 = 0, resolve: UInt64
  ) -> KernelCall {
    var how = "{flags=" + FlagNames.openFlags(flags)
    if flags & 0o100 != 0 { how += ", mode=" + octal(UInt32(truncatingIfNeeded: mode)) }
    how += ", resolve=\(FlagNames.resolve.bits(resolve))}"
    return KernelCall("openat2", [folder.text, quote(path), how, "24"])
  }

  static func write(_ file: CallDescriptor, _ text: String, count: Int? = nil) -> KernelCall {
    KernelCall("write", [file.text, quote(text), String(count ?? text.utf8.count)])
  }

  /// Of a long text that nobody wants to read here: its beginning.
  static func write(_ file: CallDescriptor, startOf bytes: [UInt8]) -> KernelCall {
    KernelCall(
      "write", [file.text, quote(startOf: String(decoding: bytes, as: UTF8.self)), String(bytes.count)])
  }

  static func rename(_ old: String, _ new: String) -> KernelCall {
    KernelCall("rename", [quote(old), quote(new)])
  }

  public static func chmod(_ path: String, mode: UInt32) -> KernelCall {
    KernelCall("chmod", [quote(path), octal(mode)])
  }

  public static func chown(_ path: String, uid: UInt32, gid: UInt32) -> KernelCall {
    KernelCall("chown", [quote(path), owner(uid), owner(gid)])
  }

  static func lchown(_ path: String, uid: UInt32, gid: UInt32) -> KernelCall {
    KernelCall("lchown", [quote(path), owner(uid), owner(gid)])
  }

  static func mkdir(_ path: String, mode: UInt32) -> KernelCall {
    KernelCall("mkdir", [quote(path), octal(mode)])
  }

  static func mkdirat(_ folder: CallDescriptor, _ path: String, mode: UInt32) -> KernelCall {
    KernelCall("mkdirat", [folder.text, quote(path), octal(mode)])
  }

  static func mknodat(_ folder: CallDescriptor, _ path: String, mode: UInt32, device: UInt64) -> KernelCall {
    let arguments = [folder.text, quote(path), nodeMode(mode)]
    // A FIFO has no number.
    let hasNumber = mode & 0o170000 == 0o020000 || mode & 0o170000 == 0o060000
    return KernelCall("mknodat", hasNumber ? arguments + [deviceNumber(device)] : arguments)
  }

  static func symlinkat(_ target: String, _ folder: CallDescriptor, _ name: String) -> KernelCall {
    KernelCall("symlinkat", [quote(target), folder.text, quote(name)])
  }

  static func fchownat(
    _ folder: CallDescriptor, _ path: String, uid: UInt32, gid: UInt32, flags: UInt64
  ) -> KernelCall {
    KernelCall("fchownat", [folder.text, quote(path), owner(uid), owner(gid), FlagNames.at.bits(flags)])
  }

  static func fchown(_ file: CallDescriptor, uid: UInt32, gid: UInt32) -> KernelCall {
    KernelCall("fchown", [file.text, owner(uid), owner(gid)])
  }

  static func fchmodat(_ folder: CallDescriptor, _ path: String, mode: UInt32) -> KernelCall {
    KernelCall("fchmodat", [folder.text, quote(path), octal(mode)])
  }

  static func memfd_create(_ name: String, flags: UInt64) -> KernelCall {
    KernelCall("memfd_create", [quote(name), FlagNames.memoryFile.bits(flags)])
  }

  static func sendfile(to: CallDescriptor, from: CallDescriptor, count: Int) -> KernelCall {
    KernelCall("sendfile", [to.text, from.text, "NULL", String(count)])
  }

  static func addSeals(_ file: CallDescriptor, _ seals: UInt64) -> KernelCall {
    KernelCall("fcntl", [file.text, "F_ADD_SEALS", FlagNames.seals.bits(seals)])
  }

  /// - Parameter ends: both descriptors, as `[8, 9]`.
  static func socketpair(_ ends: String) -> KernelCall {
    KernelCall("socketpair", ["AF_UNIX", "SOCK_STREAM|SOCK_CLOEXEC", "0", ends])
  }

  static func setDescriptorFlags(_ file: CallDescriptor, closeOnExec: Bool) -> KernelCall {
    KernelCall("fcntl", [file.text, "F_SETFD", closeOnExec ? "FD_CLOEXEC" : "0"])
  }

  static func close_range(_ first: String, _ last: String, flags: UInt64) -> KernelCall {
    KernelCall("close_range", [first, last, FlagNames.closeRange.bits(flags)])
  }

  static func dup3(_ file: CallDescriptor, _ number: CInt) -> KernelCall {
    KernelCall("dup3", [file.text, String(number), "0"])
  }

  /// Minus one keeps an owner as it is.
  private static func owner(_ id: UInt32) -> String { id == .max ? "-1" : String(id) }

  private static func nodeMode(_ mode: UInt32) -> String {
    let types: [UInt32: String] = [
      0o010000: "S_IFIFO", 0o020000: "S_IFCHR", 0o060000: "S_IFBLK", 0o100000: "S_IFREG",
    ]
    var parts = [types[mode & 0o170000] ?? octal(mode & 0o170000)]
    for (bit, name) in [(0o4000, "S_ISUID"), (0o2000, "S_ISGID"), (0o1000, "S_ISVTX")]
    where mode & UInt32(bit) != 0 {
      parts.append(name)
    }
    return (parts + [octal(mode & 0o777)]).joined(separator: "|")
  }

  private static func deviceNumber(_ device: UInt64) -> String {
    let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
    let minor = device & 0xff | (device >> 12) & ~0xff
    return "makedev(\(hex(major)), \(hex(minor)))"
  }
}

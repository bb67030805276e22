import Glibc

/// Calls on terminals, network interfaces and device filters. Source: ioctl_tty(2), netdevice(7), bpf(2).
extension KernelCall {
  private static let lock: UInt64 = 0x4004_5431
  private static let peer: UInt64 = 0x5441
  private static let size: UInt64 = 0x5414
  private static let controlling: UInt64 = 0x540e
  private static let foreground: UInt64 = 0x5410
  private static let interfaceFlags: UInt64 = 0x8914

  static func unlockTerminal(_ file: CallDescriptor) -> KernelCall { ioctl(file, lock, 0, words: [0]) }
  static func openPeer(_ file: CallDescriptor, flags: UInt64) -> KernelCall {
    ioctl(file, peer, flags, words: [])
  }
  static func takeTerminal(_ file: CallDescriptor) -> KernelCall { ioctl(file, controlling, 0, words: []) }
  static func resizeTerminal(_ file: CallDescriptor, rows: UInt16, columns: UInt16) -> KernelCall {
    ioctl(file, size, 0, words: [UInt64(rows) | UInt64(columns) << 16])
  }
  static func resizeTerminal(_ file: CallDescriptor, _ window: winsize) -> KernelCall {
    let pixels = UInt64(window.ws_xpixel) << 32 | UInt64(window.ws_ypixel) << 48
    return ioctl(file, size, 0, words: [UInt64(window.ws_row) | UInt64(window.ws_col) << 16 | pixels])
  }
  static func setInterfaceFlags(_ socket: CallDescriptor, _ name: String, _ flags: UInt16) -> KernelCall {
    interface(socket, name, flags)
  }

  /// - Parameter words: those of the structure that the argument points to.
  static func ioctl(_ file: CallDescriptor, _ request: UInt64, _ argument: UInt64, words: [UInt64])
    -> KernelCall
  {
    let word = words.first ?? 0
    switch request {
    case lock: return KernelCall("ioctl", [file.text, "TIOCSPTLCK", "[\(word & 0xffff_ffff)]"])
    case peer: return KernelCall("ioctl", [file.text, "TIOCGPTPEER", hex(argument)])
    case foreground: return KernelCall("ioctl", [file.text, "TIOCSPGRP", "[\(word & 0xffff_ffff)]"])
    case controlling: return KernelCall("ioctl", [file.text, "TIOCSCTTY", String(argument)])
    case size:
      let fields = ["ws_row", "ws_col", "ws_xpixel", "ws_ypixel"].enumerated().map {
        "\($0.element)=\(word >> UInt64($0.offset * 16) & 0xffff)"
      }
      return KernelCall("ioctl", [file.text, "TIOCSWINSZ", "{" + fields.joined(separator: ", ") + "}"])
    case interfaceFlags where words.count >= 3:
      let bytes = words.prefix(2).flatMap { word in (0..<8).map { UInt8(word >> UInt64($0 * 8) & 0xff) } }
      return interface(
        file, String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self), UInt16(words[2] & 0xffff))
    default: return KernelCall("ioctl", [file.text, hex(request), hex(argument)])
    }
  }

  /// The filter's instructions and what is left at zero are not told.
  static func loadDeviceFilter(_ name: String, instructions: Int) -> KernelCall {
    let fields =
      "{prog_type=BPF_PROG_TYPE_CGROUP_DEVICE, insn_cnt=\(instructions), insns=filter, license=\"Apache-2.0\", "
      + "prog_name=\(quote(name)), expected_attach_type=BPF_CGROUP_DEVICE, ...}"
    return KernelCall("bpf", ["BPF_PROG_LOAD", fields, "..."])
  }

  /// - Parameter replaced: the filter whose place it takes; nil puts it beside those that are there.
  static func attachDeviceFilter(
    _ program: CallDescriptor, to cgroup: CallDescriptor, for replaced: CInt? = nil
  ) -> KernelCall {
    let flags = "BPF_F_ALLOW_MULTI" + (replaced == nil ? "" : "|BPF_F_REPLACE")
    let fields =
      "{target_fd=\(cgroup.text), attach_bpf_fd=\(program.text), attach_type=BPF_CGROUP_DEVICE, "
      + "attach_flags=\(flags), replace_bpf_fd=\(replaced ?? 0)}"
    return KernelCall("bpf", ["BPF_PROG_ATTACH", fields, "..."])
  }

  private static func interface(_ socket: CallDescriptor, _ name: String, _ flags: UInt16) -> KernelCall {
    let value = "{ifr_name=\(quote(name)), ifr_flags=\(FlagNames.interface.bits(UInt64(flags)))}"
    return KernelCall("ioctl", [socket.text, "SIOCSIFFLAGS", value])
  }
}

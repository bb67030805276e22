import CSeccomp
import OCISpec

/// An architecture a filter has to tell apart, as libseccomp and as the kernel number it.
struct SeccompArchitecture: Equatable {
  /// The name a configuration uses.
  var arch: Arch
  /// libseccomp's number for it (`SCMP_ARCH_…`).
  var token: UInt32

  /// `nil` where the linked libseccomp does not know it. The corresponding C function is
  /// `seccomp_arch_resolve_name`.
  init?(_ arch: Arch) {
    let name = arch.rawValue.dropFirst("SCMP_ARCH_".count).lowercased()
    let token = seccomp_arch_resolve_name(name)
    guard token != 0 else { return nil }
    self.arch = arch
    self.token = token
  }

  /// The one this program runs on. The corresponding C function is `seccomp_arch_native`.
  static let native: SeccompArchitecture = {
    let token = seccomp_arch_native()
    for arch in Arch.allCases {
      if let known = SeccompArchitecture(arch), known.token == token { return known }
    }
    preconditionFailure("libseccomp runs on an architecture without a name")
  }()

  /// What the kernel puts in `seccomp_data.arch` (`AUDIT_ARCH_…`). x32 shares x86_64's and is told apart by
  /// bit 30 of the call's number.
  var audit: UInt32 { arch == .x32 ? 0xC000_003E : token }

  /// Whether arguments are compared in 64 bits. libseccomp compares only the low half elsewhere, x32
  /// included: `__AUDIT_ARCH_64BIT` is bit 31 of the token.
  var comparesWholeWords: Bool { token & 0x8000_0000 != 0 }

  /// What is added to a number of the common table.
  var numberBase: UInt32 {
    switch arch {
    case .x32: Self.x32Bit
    case .mips, .mipsel: 4000
    case .mips64, .mipsel64: 5000
    case .mips64n32, .mipsel64n32: 6000
    default: 0
    }
  }

  /// The bit that marks a number as x32's (`__X32_SYSCALL_BIT`).
  static let x32Bit: UInt32 = 1 << 30

  /// The number of a call here, or `nil` where there is none: libseccomp's word first, then our own table.
  /// The corresponding C function is `seccomp_syscall_resolve_name_arch`.
  func number(of name: String) -> UInt32? {
    let number = seccomp_syscall_resolve_name_arch(token, name)
    // Negative numbers but -1 stand for calls that other architectures have.
    if number >= 0 { return UInt32(number) }
    return number == -1 ? SeccompNumbers.number(of: name, on: self) : nil
  }
}

import CSeccomp
import CShim
import Glibc
import OCISpec

/// A filter under construction in libseccomp, released when it goes out of scope.
struct SeccompContext: ~Copyable {
  private let raw: scmp_filter_ctx

  /// The corresponding C function is `seccomp_init`.
  init(defaultAction: UInt32) throws(Failure) {
    guard let raw = seccomp_init(defaultAction) else {
      throw Failure(
        "compile linux.seccomp", reason: "the kernel does not support the default action", errno: EINVAL)
    }
    self.raw = raw
  }

  deinit { seccomp_release(raw) }

  /// The version of the linked library, as in `2.5.4`. The corresponding C function is `seccomp_version`.
  public static var libraryVersion: String {
    guard let version = seccomp_version()?.pointee else { return "?" }
    return "\(version.major).\(version.minor).\(version.micro)"
  }

  /// Lets the calls of a further architecture in. The corresponding C function is `seccomp_arch_add`.
  func add(_ architecture: SeccompArchitecture) throws(Failure) {
    let result = seccomp_arch_add(raw, architecture.token)
    guard result == 0 || result == -EEXIST else {
      throw Failure(
        "compile linux.seccomp", architecture.arch.rawValue,
        reason: "cannot share a filter with \(SeccompArchitecture.native.arch.rawValue)")
    }
  }

  /// The corresponding C function is `seccomp_attr_set`.
  func configure(ruleCount: Int) throws(Failure) {
    // no_new_privs is a decision of the configuration, not of the filter's loading.
    try set(SCMP_FLTATR_CTL_NNP, 0)
    // A binary tree takes a handful of comparisons instead of hundreds; libseccomp up to 2.5.4 gets it
    // wrong for a filter without rules, and it gains nothing for a few.
    if ruleCount > 32 { try set(SCMP_FLTATR_CTL_OPTIMIZE, 2) }
  }

  /// Adds one rule; all conditions must hold. The same rule twice is one rule; the same conditions with another
  /// action are an error. The corresponding C function is `seccomp_rule_add_array`.
  func add(
    action: UInt32, number: Int32, args: [LinuxSeccompArg], path: String, name: String
  ) throws {
    let conditions = args.map { arg in
      let masked = arg.op == .maskedEqual
      return scmp_arg_cmp(
        arg: arg.index, op: arg.op.libseccompValue, datum_a: arg.value, datum_b: masked ? arg.valueTwo : 0)
    }
    let result = conditions.withUnsafeBufferPointer {
      seccomp_rule_add_array(raw, action, number, UInt32($0.count), $0.baseAddress)
    }
    guard result != -EEXIST else { throw Self.conflict(path, name) }
    guard result == 0 else {
      throw Failure("compile", path, reason: "the rule on \(name) was refused by libseccomp", errno: -result)
    }
  }

  /// Two rules that would decide the same call differently.
  static func conflict(_ path: String, _ name: String) -> SpecError {
    SpecError(path, "the rule on \(name) contradicts an earlier one")
  }

  /// The finished program, by way of a file in memory: the library only writes to descriptors. The
  /// corresponding C functions are `memfd_create` and `seccomp_export_bpf`.
  func program() throws(Failure) -> [UInt8] {
    let number = shim_memfd_create("seccomp", 1)  // MFD_CLOEXEC
    guard number >= 0 else { throw Failure("compile linux.seccomp", reason: "make a file", errno: -number) }
    let file = OwnedFD(number)
    let result = seccomp_export_bpf(raw, file.raw)
    guard result == 0 else {
      throw Failure("compile linux.seccomp", reason: "export the program", errno: -result)
    }
    let size = Int(lseek(file.raw, 0, SEEK_END))
    let bytes = [UInt8](unsafeUninitializedCapacity: max(0, size)) { buffer, count in
      count = max(0, pread(file.raw, buffer.baseAddress, buffer.count, 0))
    }
    guard !bytes.isEmpty, bytes.count == size, size % SeccompFilter.instructionSize == 0 else {
      throw Failure("compile linux.seccomp", reason: "libseccomp wrote no whole program", errno: EIO)
    }
    return bytes
  }

  private func set(_ attribute: scmp_filter_attr, _ value: UInt32) throws(Failure) {
    let result = seccomp_attr_set(raw, attribute, value)
    guard result == 0 else {
      throw Failure("compile linux.seccomp", reason: "set a filter attribute", errno: -result)
    }
  }
}

extension LinuxSeccompOperator {
  fileprivate var libseccompValue: scmp_compare {
    switch self {
    case .notEqual: SCMP_CMP_NE
    case .lessThan: SCMP_CMP_LT
    case .lessEqual: SCMP_CMP_LE
    case .equalTo: SCMP_CMP_EQ
    case .greaterEqual: SCMP_CMP_GE
    case .greaterThan: SCMP_CMP_GT
    case .maskedEqual: SCMP_CMP_MASKED_EQ
    }
  }
}

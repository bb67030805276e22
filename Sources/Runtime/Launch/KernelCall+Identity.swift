/// Calls that take rights away. Source: prctl(2), capset(2), setresuid(2), setgroups(2), seccomp(2).
extension KernelCall {
  /// strace prints as many arguments as the option has.
  static func prctl(_ option: UInt64, _ values: UInt64...) -> KernelCall { prctl(option, values) }

  static func prctl(_ option: UInt64, _ values: [UInt64]) -> KernelCall {
    let value = { (index: Int) in index < values.count ? values[index] : 0 }
    let name = FlagNames.prctl.choice(option)
    let arguments: [String] =
      switch option {
      case 1: [signal(value(0))]
      case 4: [FlagNames.dumpable.choice(value(0))]
      case 23, 24: [FlagNames.capability(value(0))]
      case 38: [String(value(0)), "0", "0", "0"]
      case 47:
        [
          FlagNames.ambient.choice(value(0)),
          // 4 is PR_CAP_AMBIENT_CLEAR_ALL, which is about none in particular.
          value(0) == 4 ? "0" : FlagNames.capability(value(1)), "0", "0",
        ]
      default: [String(value(0))]
      }
    return KernelCall("prctl", [name] + arguments)
  }

  static func capset(effective: UInt64, permitted: UInt64, inheritable: UInt64) -> KernelCall {
    let sets = [
      "effective=" + FlagNames.capabilityMask(effective), "permitted=" + FlagNames.capabilityMask(permitted),
      "inheritable=" + FlagNames.capabilityMask(inheritable),
    ]
    return KernelCall(
      "capset", ["{version=_LINUX_CAPABILITY_VERSION_3, pid=0}", "{" + sets.joined(separator: ", ") + "}"])
  }

  /// No list at all is another thing than an empty one, though not for the kernel.
  static func setgroups(_ groups: [UInt32]?) -> KernelCall {
    let list = groups.map { "[" + $0.map { String($0) }.joined(separator: ", ") + "]" }
    return KernelCall("setgroups", [String(groups?.count ?? 0), list ?? "NULL"])
  }

  static func setresgid(_ gid: UInt32) -> KernelCall {
    KernelCall("setresgid", Array(repeating: String(gid), count: 3))
  }

  static func setresuid(_ uid: UInt32) -> KernelCall {
    KernelCall("setresuid", Array(repeating: String(uid), count: 3))
  }

  /// - Parameter instructions: the length of the filter; what it says is in the configuration.
  static func seccompFilter(flags: UInt64, instructions: Int, at address: String = "filter") -> KernelCall {
    let filter = "{len=\(instructions), filter=\(address)}"
    return KernelCall("seccomp", ["SECCOMP_SET_MODE_FILTER", FlagNames.seccompFlags.bits(flags), filter])
  }
}

/// Calls that make processes and namespaces. Source: clone(2), unshare(2), setns(2), execve(2), keyctl(2).
extension KernelCall {
  /// - Parameters:
  ///   - pidfd: where the kernel puts the pidfd, as strace prints it.
  ///   - cgroup: the descriptor of the cgroup it is born into.
  static func clone3(
    flags: UInt64, pidfd: String? = nil, exitSignal: UInt64, stack: String = "NULL", stackSize: UInt64 = 0,
    cgroup: CallDescriptor? = nil
  ) -> KernelCall {
    var fields = ["flags=" + FlagNames.clone.bits(flags)]
    if let pidfd { fields.append("pidfd=" + pidfd) }
    fields += ["exit_signal=" + signal(exitSignal), "stack=" + stack, "stack_size=" + hex(stackSize)]
    if let cgroup { fields.append("cgroup=" + cgroup.text) }
    return KernelCall("clone3", ["{" + fields.joined(separator: ", ") + "}", "88"])
  }

  /// Without a stack of its own the child goes on as a fork does.
  ///
  /// - Parameter flags: in the lowest byte the signal at its end.
  static func clone(_ flags: UInt64) -> KernelCall {
    let kinds = flags & ~0xff
    let text = (kinds == 0 ? "" : FlagNames.clone.bits(kinds) + "|") + signal(flags & 0xff)
    return KernelCall(
      "clone", ["child_stack=NULL", "flags=" + text] + (kinds == 0 ? [] : ["parent_tid=[pidfd]"]))
  }

  static func unshare(_ flags: UInt64) -> KernelCall {
    KernelCall("unshare", [FlagNames.namespaces.bits(flags)])
  }

  static func setns(_ file: CallDescriptor, _ kinds: UInt64) -> KernelCall {
    KernelCall("setns", [file.text, FlagNames.namespaces.bits(kinds)])
  }

  static func setsid() -> KernelCall { KernelCall("setsid", []) }

  /// A group of its own, which bears the process's number.
  static func setpgid() -> KernelCall { KernelCall("setpgid", ["0", "0"]) }

  static func joinSessionKeyring(_ name: String) -> KernelCall {
    KernelCall("keyctl", ["KEYCTL_JOIN_SESSION_KEYRING", quote(name)])
  }

  /// The environment is told by its size alone: it is where secrets are.
  static func execve(_ program: String, _ arguments: [String], variables: Int) -> KernelCall {
    KernelCall("execve", [quote(program), list(arguments), environment(variables)])
  }

  static func execveat(_ program: CallDescriptor, _ arguments: [String], variables: Int) -> KernelCall {
    KernelCall(
      "execveat", [program.text, quote(""), list(arguments), environment(variables), "AT_EMPTY_PATH"])
  }

  private static func environment(_ count: Int) -> String {
    "[/* \(count) \(count == 1 ? "var" : "vars") */]"
  }

  static func signal(_ number: UInt64) -> String {
    switch number {
    case 0: "0"
    case 9: "SIGKILL"
    case 17: "SIGCHLD"
    default: String(number)
    }
  }
}

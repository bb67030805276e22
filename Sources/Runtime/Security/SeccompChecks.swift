import OCISpec

/// What a filter's description must fulfil beyond having the right types; checked before anything is
/// compiled, so that an error carries the path of the member at fault.
extension LinuxSeccomp {
  /// Throws `SpecError` for what runtime-spec 1.3.0 (config-linux.md, "Seccomp") forbids, what the kernel
  /// would cut off, and the two uses of notification that would leave a container hanging for ever.
  func check() throws(SpecError) {
    try checkErrno(defaultErrnoRet, defaultAction, "linux.seccomp.defaultErrnoRet")
    if defaultAction == .notify {
      // Its agent only gets the descriptor after calls that would already wait for the agent's answer.
      throw SpecError("linux.seccomp.defaultAction", "SCMP_ACT_NOTIFY cannot be the default action")
    }
    for (index, rule) in syscalls.enumerated() {
      try rule.check("linux.seccomp.syscalls[\(index)]")
    }
    if usesNotification, listenerPath?.isEmpty ?? true {
      throw SpecError("linux.seccomp.listenerPath", "must be set where SCMP_ACT_NOTIFY is used")
    }
    if let listenerMetadata, !listenerMetadata.isEmpty, listenerPath?.isEmpty ?? true {
      throw SpecError("linux.seccomp.listenerMetadata", "must not be set without listenerPath")
    }
    if let index = flags.firstIndex(of: .waitKillableRecv), !usesNotification {
      throw SpecError("linux.seccomp.flags[\(index)]", "\(flags[index].rawValue) needs SCMP_ACT_NOTIFY")
    }
  }

  /// Whether some rule asks an agent.
  var usesNotification: Bool { syscalls.contains { $0.action == .notify } }
}

extension LinuxSyscall {
  fileprivate func check(_ path: String) throws(SpecError) {
    guard !names.isEmpty else { throw SpecError(path + ".names", "must name at least one system call") }
    try checkErrno(errnoRet, action, path + ".errnoRet")
    for (index, name) in names.enumerated() {
      guard !name.isEmpty else { throw SpecError(path + ".names[\(index)]", "must not be empty") }
      if action == .notify, name == "write" {
        // Handing the descriptor to the agent takes writing: that would wait for the agent's answer.
        throw SpecError(path + ".names[\(index)]", "SCMP_ACT_NOTIFY cannot be used for write")
      }
    }
    for (index, arg) in args.enumerated() where arg.index > 5 {
      throw SpecError(path + ".args[\(index)].index", "must be 0...5, not \(arg.index)")
    }
  }
}

/// The kernel cuts an error number off at 4095 (`MAX_ERRNO`), libseccomp takes those below; a tracer's message
/// is 16 bits wide.
private func checkErrno(
  _ value: UInt32?, _ action: LinuxSeccompAction, _ path: String
) throws(SpecError) {
  guard let value else { return }
  switch action {
  case .errno where value > 4094: throw SpecError(path, "must be at most 4094, not \(value)")
  case .trace where value > 65535: throw SpecError(path, "must be at most 65535, not \(value)")
  case .errno, .trace: return
  default: throw SpecError(path, "\(action.rawValue) takes no error number")
  }
}

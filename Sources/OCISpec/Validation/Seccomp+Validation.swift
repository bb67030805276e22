extension LinuxSeccomp {
  /// The largest error number that libseccomp takes: less than the kernel's `MAX_ERRNO`.
  static let maximumErrno: UInt32 = 4094

  /// Checks whether the filter makes sense, as far as that can be told without compiling it.
  ///
  /// - Parameter path: The filter's JSON path.
  /// - Throws: `SpecError` with the path of the first thing that is wrong.
  public func validate(at path: String = "linux.seccomp") throws(SpecError) {
    // The listener gets its descriptor only after the filter is loaded, so nobody could answer the calls in
    // between.
    try require(
      defaultAction != .notify, path + ".defaultAction", "SCMP_ACT_NOTIFY cannot be the default action")
    try checkErrno(defaultErrnoRet, of: defaultAction, path + ".defaultErrnoRet")
    for (index, rule) in syscalls.enumerated() { try rule.validate(at: "\(path).syscalls[\(index)]") }
    try validateListener(at: path)
    if let index = flags?.firstIndex(of: .waitKillableRecv) {
      let name = LinuxSeccompFlag.waitKillableRecv.rawValue
      try require(usesNotify, "\(path).flags[\(index)]", "\(name) needs SCMP_ACT_NOTIFY")
    }
  }

  /// Whether a listener is to be asked about some calls.
  public var usesNotify: Bool { syscalls.contains { $0.action == .notify } }

  private func validateListener(at path: String) throws(SpecError) {
    try checkText(listenerMetadata, path + ".listenerMetadata")
    guard let listenerPath else {
      try require(!usesNotify, path + ".listenerPath", "is required for SCMP_ACT_NOTIFY")
      try require(listenerMetadata == nil, path + ".listenerMetadata", "needs a listenerPath")
      return
    }
    try checkAbsolute(listenerPath, path + ".listenerPath")
  }
}

extension LinuxSyscall {
  func validate(at path: @autoclosure () -> String) throws(SpecError) {
    try require(!names.isEmpty, path() + ".names", "must not be empty")
    for (index, name) in names.enumerated() {
      try require(!name.isEmpty, path() + ".names[\(index)]", "must not be empty")
      try checkText(name, path() + ".names[\(index)]")
      // Handing the descriptor to the listener takes writing, which would wait for the listener.
      try require(
        action != .notify || name != "write", path() + ".names[\(index)]",
        "SCMP_ACT_NOTIFY cannot be used for write")
    }
    try checkErrno(errnoRet, of: action, path() + ".errnoRet")
    for (index, arg) in args.enumerated() {
      try require(arg.index <= 5, path() + ".args[\(index)].index", "must lie in 0...5, not \(arg.index)")
    }
  }
}

/// Source: runtime-spec 1.3.0, config-linux.md, "Seccomp": an action without error number must not have one.
private func checkErrno(
  _ number: UInt32?, of action: LinuxSeccompAction, _ path: @autoclosure () -> String
) throws(SpecError) {
  guard let number else { return }
  switch action {
  case .errno:
    try require(
      number <= LinuxSeccomp.maximumErrno, path(),
      "must be at most \(LinuxSeccomp.maximumErrno), not \(number)")
  case .trace: try require(number <= UInt16.max, path(), "must be at most \(UInt16.max), not \(number)")
  default: throw SpecError(path(), "is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE only, not \(action.rawValue)")
  }
}

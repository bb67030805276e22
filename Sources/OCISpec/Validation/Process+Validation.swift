extension Process {
  /// Checks whether the process makes sense by itself, as `exec` needs it.
  ///
  /// - Parameter path: The process's JSON path.
  /// - Throws: `SpecError` with the path of the first thing that is wrong.
  public func validate(at path: String = "process") throws(SpecError) {
    try require(!args.isEmpty, path + ".args", "must not be empty", hint: "it names the program to run")
    try checkTexts(args, path + ".args")
    try checkEnvironment(env, path + ".env")
    try checkAbsolute(cwd, path + ".cwd")
    if let consoleSize {
      try require(
        consoleSize.height <= UInt16.max, path + ".consoleSize.height", "must be at most \(UInt16.max)")
      try require(
        consoleSize.width <= UInt16.max, path + ".consoleSize.width", "must be at most \(UInt16.max)")
    }
    try user.validate(at: path + ".user")
    try validateLimits(at: path + ".rlimits")
    try checkText(apparmorProfile, path + ".apparmorProfile")
    try checkText(selinuxLabel, path + ".selinuxLabel")
    if let oomScoreAdj {
      try require(
        -1000...1000 ~= oomScoreAdj, path + ".oomScoreAdj", "must lie in -1000...1000, not \(oomScoreAdj)")
    }
    try scheduler?.validate(at: path + ".scheduler")
    if let ioPriority {
      try require(
        0...7 ~= ioPriority.priority, path + ".ioPriority.priority",
        "must lie in 0...7, not \(ioPriority.priority)")
    }
    try checkNumberList(execCPUAffinity?.initial, path + ".execCPUAffinity.initial")
    try checkNumberList(execCPUAffinity?.final, path + ".execCPUAffinity.final")
  }

  /// The names of resource limits. Source: getrlimit(2).
  public static let limitNames = [
    "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK",
    "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO",
    "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
  ]

  private func validateLimits(at path: String) throws(SpecError) {
    for (index, limit) in rlimits.enumerated() {
      func at() -> String { "\(path)[\(index)]" }
      try require(
        Self.limitNames.contains(limit.type), at() + ".type", "has the unknown value \(quoted(limit.type))",
        hint: closest(to: limit.type, of: Self.limitNames).map { "did you mean '\($0)'?" })
      try require(
        !rlimits[..<index].contains { $0.type == limit.type }, at() + ".type", "\(limit.type) appears twice")
      try require(
        limit.soft <= limit.hard, at() + ".soft",
        "must not exceed the hard limit \(limit.hard), as \(limit.soft) does")
    }
  }
}

extension User {
  func validate(at path: String) throws(SpecError) {
    // The kernel's "no ID": setuid(2) and its relatives take it as "leave unchanged".
    try require(uid != UInt32.max, path + ".uid", "must not be \(UInt32.max), which means no user")
    try require(gid != UInt32.max, path + ".gid", "must not be \(UInt32.max), which means no group")
    for (index, group) in additionalGids.enumerated() {
      try require(
        group != UInt32.max, path + ".additionalGids[\(index)]",
        "must not be \(UInt32.max), which means no group")
    }
    // Source: getgroups(2), NGROUPS_MAX.
    try require(
      additionalGids.count <= 65_536, path + ".additionalGids",
      "must have at most 65536 groups, not \(additionalGids.count)")
    if let umask {
      try require(umask <= 0o777, path + ".umask", "must be at most 511 (octal 0777), not \(umask)")
    }
  }
}

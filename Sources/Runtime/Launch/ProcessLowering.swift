import OCISpec

/// From a `process` object to the steps that make the init that process; shared by launches and `exec`.
struct ProcessLowering {
  let process: OCISpec.Process
  let seccomp: SeccompFilter?
  let preserved: Int
  let supervised: Bool
  let masks: CapabilityMasks
  let environment: [String]
  let warnings: [String]

  init(
    _ process: OCISpec.Process, seccomp: SeccompFilter?, preserved: Int, supervised: Bool,
    inUserNamespace: Bool,
    home: String
  ) throws(SpecError) {
    self.process = process
    self.seccomp = seccomp
    self.preserved = preserved
    self.supervised = supervised
    (masks, warnings) = try CapabilityMasks.lower(
      process.capabilities, available: .available(inOtherUserNamespace: inUserNamespace))
    environment = Self.completed(process.env, home: home)
  }

  /// The environment as the payload gets it.
  static func completed(_ environment: [String], home: String) -> [String] {
    let environment = lastOfEach(environment)
    return environment.contains { $0.hasPrefix("HOME=") } ? environment : environment + ["HOME=" + home]
  }

  /// Of several values of one variable the last counts, which `exec --env` relies on. Programs take the first
  /// they find, so the others must go.
  static func lastOfEach(_ environment: [String]) -> [String] {
    var seen = Set<Substring>(minimumCapacity: environment.count)
    let kept = environment.reversed().filter { entry in
      seen.insert(Substring(entry.utf8.prefix { $0 != UInt8(ascii: "=") })).inserted
    }
    return kept.count == environment.count ? environment : kept.reversed()
  }

  /// Everything between the finished root and the wait for `start`.
  func steps() throws(SpecError) -> [Step] {
    var steps: [Step] = []
    if process.terminal { steps.append(.useConsole) }
    // While the right to raise limits and priorities is still held.
    for limit in process.rlimits {
      steps.append(.setLimit(resource: limit.type, soft: limit.soft, hard: limit.hard))
    }
    if let scheduler = process.scheduler { steps.append(Self.lower(scheduler)) }
    if let priority = process.ioPriority {
      steps.append(.setIOPriority(class: priority.class, priority: priority.priority))
    }
    steps.append(.setUmask(process.user.umask ?? 0o022))
    // As root first, since many a home is closed to others; as the user again if root may not.
    steps.append(.changeFolder(process.cwd))
    // Before the filter is loaded: it may forbid the calls that close.
    steps.append(.closeRest(firstClosed: 3 + CInt(preserved), supervised: supervised))
    // Loading a filter is a privilege unless new privileges are forbidden: before the privileges go, or, better,
    // last of all, so that the filter sees as few calls of ours as can be.
    if let seccomp, !process.noNewPrivileges { steps.append(.loadSeccomp(seccomp)) }
    steps.append(.dropBounding(keep: masks.bounding))
    steps.append(
      .becomeUser(
        uid: process.user.uid, gid: process.user.gid, groups: process.user.additionalGids))
    steps.append(.setCapabilities(masks))
    if process.noNewPrivileges { steps.append(.forbidNewPrivileges) }
    steps.append(.checkFolder(process.cwd))
    steps.append(.findProgram(process.args.first ?? "", searchPath: searchPath))
    if let seccomp, process.noNewPrivileges { steps.append(.loadSeccomp(seccomp)) }
    return steps
  }

  var execution: Step { .execute(arguments: process.args, environment: environment, supervised: supervised) }

  /// Raises hard limits from outside the user namespace that the process is to be in.
  static func raiseLimits(_ process: OCISpec.Process) -> [Step] {
    process.rlimits.map { .raiseLimit(resource: $0.type, hard: $0.hard) }
  }

  /// Whether `raiseLimits` raises the limit of descriptors. Between clone and exec the init may take on the limit that
  /// this process was started with (`launch.c`), the hard one with it: what was raised before that would be lost.
  static func raisesDescriptors(_ process: OCISpec.Process) -> Bool {
    process.rlimits.contains { $0.type == "RLIMIT_NOFILE" }
  }

  /// Hands standard input, output and error to the payload's user, so that it can open /dev/stdout anew. Root of
  /// the host needs no such thing; a terminal is handed over by itself.
  ///
  /// - Parameter mappings: those of the user namespace that the process is to be in, nil where it stays in the runtime's.
  ///   None are known of one that was joined by path: who the user is on the host nobody can tell, and the streams stay
  ///   whose they are.
  static func ownStreams(_ process: OCISpec.Process, _ mappings: [LinuxIDMapping]?) -> [Step] {
    let uid = process.user.uid
    if process.terminal { return [] }
    guard let mappings else { return uid == 0 ? [] : [.ownStreams(uid: uid)] }
    for mapping in mappings where uid >= mapping.containerID && uid - mapping.containerID < mapping.size {
      return [.ownStreams(uid: mapping.hostID &+ (uid - mapping.containerID))]
    }
    return []
  }

  private var searchPath: String {
    // The last one counts, as in a shell.
    let entry = process.env.last { $0.hasPrefix("PATH=") }
    return entry.map { String($0.dropFirst(5)) } ?? ""
  }

  private static func lower(_ scheduler: Scheduler) -> Step {
    .setScheduler(
      SchedulerStep(
        policy: scheduler.policy, nice: scheduler.nice ?? 0, priority: scheduler.priority ?? 0,
        flags: scheduler.flags.reduce(0) { $0 | $1.bit }, runtime: scheduler.runtime ?? 0,
        deadline: scheduler.deadline ?? 0, period: scheduler.period ?? 0))
  }
}

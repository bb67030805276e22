import OCISpec

/// What an additional process in a live container is lowered from.
public struct ExecLaunch: Sendable {
  public var id: String
  /// The container's first process.
  public var pid: Int32
  public var process: OCISpec.Process
  /// The namespaces in which the container differs from the runtime.
  public var namespaces: NamespaceSet
  /// The folder on cgroup v2 to start in.
  public var cgroup: String?
  /// `CgroupLayout.limitsMemoryFromBirth` of the machine.
  public var limitsMemoryFromBirth = false
  /// The cgroup v1 folders to join.
  public var hierarchies: [CgroupFolder]
  /// The `tasks` files of the container's resctrl groups.
  public var resctrl: [String] = []
  public var seccomp: SeccompFilter?
  /// Of the container's user namespace; empty where it has none.
  public var userMappings: [LinuxIDMapping]
  /// Security labels that the exec takes on.
  public var labels: [LSM.Attribute]
  public var preservedDescriptors: Int
  /// Whether the three standard streams become the user's own.
  public var ownsStreams = true
  /// A Unix socket that is sent the terminal's master.
  public var consoleSocket: String?
  /// What is told of the process, once it is ready.
  public var handsOut: CreatedRecord
  public var home: String
}

/// From a `process` object and a live container to a launch plan: join, then the same steps as at a start.
enum ExecLowering {
  static func lower(_ launch: ExecLaunch) throws(SpecError) -> LaunchPlan {
    var steps: [Step] = launch.consoleSocket.map { [.connectConsole($0)] } ?? []
    let raisesLimits = launch.namespaces.contains(.user)
    steps.append(
      .clone(
        CloneStep(
          namespaces: [], cgroup: launch.cgroup,
          waitsForExec: launch.limitsMemoryFromBirth
            || raisesLimits && ProcessLowering.raisesDescriptors(launch.process))))
    // A child of the runtime, and not of a process that is in the class: it is put there as the first one was.
    if !launch.resctrl.isEmpty { steps.append(.joinResctrl(launch.resctrl)) }
    if launch.ownsStreams {
      let mappings = launch.namespaces.contains(.user) ? launch.userMappings : nil
      steps += ProcessLowering.ownStreams(launch.process, mappings)
    }
    if let score = launch.process.oomScoreAdj { steps.append(.setOOMScore(score)) }
    if raisesLimits { steps += ProcessLowering.raiseLimits(launch.process) }
    steps.append(.becomeNotDumpable)
    for folder in launch.hierarchies { steps.append(.joinHierarchy(folder)) }
    // The processors to begin with, and those to end up with, which the cgroup must allow.
    if let cpus = launch.process.execCPUAffinity?.initial {
      steps.append(.setAffinity(try CPUList.mask(cpus, field: "process.execCPUAffinity.initial")))
    }
    let kinds = launch.namespaces
    if !kinds.isEmpty {
      steps.append(.joinProcess(kinds, pid: launch.pid))
      if kinds.contains(.user) { steps.append(.becomeNamespaceRoot) }
      // A pid or time namespace holds from the next process on.
      if kinds.contains(.pid) || kinds.contains(.time) { steps.append(.fork([])) }
    }
    steps += [.startSession, .joinKeyring("_ses." + launch.id), .openCurrentRoot]
    if !launch.labels.isEmpty { steps.append(.openProc) }
    for label in launch.labels { steps.append(.setLabel(attribute: label.path, value: label.value)) }
    let process = launch.process
    if process.terminal {
      steps.append(
        .openConsole(
          ConsoleStep(
            rows: UInt16(clamping: process.consoleSize?.height ?? 0),
            columns: UInt16(clamping: process.consoleSize?.width ?? 0), uid: process.user.uid, bind: false)))
    }
    if let cpus = process.execCPUAffinity?.final {
      steps.append(.setAffinity(try CPUList.mask(cpus, field: "process.execCPUAffinity.final")))
    }
    let entry = try ProcessLowering(
      process, seccomp: launch.seccomp, preserved: launch.preservedDescriptors, supervised: false,
      inUserNamespace: kinds.contains(.user), home: launch.home)
    steps += try entry.steps()
    steps += [.sync(.created), .recordCreated(launch.handsOut), entry.execution]
    return LaunchPlan(steps: steps, warnings: entry.warnings)
  }
}

import CShim
import Glibc
import OCISpec

/// The steps of a launch that the runtime does itself, on the host.
struct RuntimeSteps {
  let delegate: LaunchDelegate
  let process: LaunchedProcess
  let layout: CgroupLayout?
  let placeholder: UnitPlaceholder?
  /// The tree that `prepareTree` opened.
  private(set) var tree: CInt = -1
  /// The mount namespace that `lockMounts` made, -1 before.
  var lockedMounts: CInt = -1
  /// Whether `prepareCgroup` made the cgroup: then it has no device filter of ours.
  var cgroupIsNew = true

  init(
    delegate: LaunchDelegate, process: LaunchedProcess, layout: CgroupLayout?, placeholder: UnitPlaceholder?
  ) {
    self.placeholder = placeholder
    self.delegate = delegate
    self.process = process
    self.layout = layout
  }

  mutating func perform(_ step: Step, _ index: Int) throws {
    let listener = delegate.listener(step: index)
    do {
      switch step {
      case .startUnit(let plan):
        guard let placeholder, let layout else { preconditionFailure("a unit without a placeholder") }
        try delegate.recordUnit(placeholder.start(plan, in: layout.unified, telling: listener), listener)
      case .leaveUnit(let plan):
        try placeholder?.leave(plan, telling: listener)
      case .prepareCgroup(let plan):
        guard let layout else { preconditionFailure("a cgroup without a layout") }
        cgroupIsNew = try Cgroup.create(plan, layout: layout, telling: listener).isNew
      case .filterDevices(let filter, let cgroup):
        try Cgroup.filter(cgroup, by: filter, isNew: cgroupIsNew, telling: listener)
      case .prepareResctrl(let plan):
        try ResctrlGroup().prepare(plan, telling: listener)
      case .joinResctrl(let tasks):
        try ResctrlGroup.join(tasks, process.pid, telling: listener)
      case .prepareTree(let mount, let locked):
        tree = try IDMappedTree.open(mount, locked: locked ? lockedMounts : -1, telling: listener)
      case .lockMounts:
        lockedMounts = try IDMappedTree.lockedNamespace(telling: listener)
      case .mapUsers(let mappings):
        try set("uid_map", IDMapping.text(mappings), listener)
      case .mapGroups(let mappings):
        try set("gid_map", IDMapping.text(mappings), listener)
      case .setTimeOffsets(let offsets):
        try set("timens_offsets", Self.text(offsets), listener)
      case .setOOMScore(let score):
        try set("oom_score_adj", String(score), listener)
      case .raiseLimit(let resource, let hard):
        LimitRaising(pid: process.pid, listener: listener).raise(resource, to: hard)
      case .delegateCgroup(let plan, let uid):
        guard let layout else { preconditionFailure("a cgroup without a layout") }
        try Cgroup(layout: layout, path: plan.unified.path).delegate(uid: uid, telling: listener)
      case .ownStreams(let uid):
        Self.ownStreams(uid, listener)
      case .moveInterface(let name, let newName):
        try NetworkInterface.move(name, to: process.pid, as: newName, telling: listener)
      case .outside(let step): try delegate.outside.perform(step, process, listener)
      case .runtimeHook(let hook):
        try HookRunner.run(
          hook.hook, kind: hook.kind, index: hook.index, state: delegate.hookState(hook.kind, process),
          telling: listener)
      case .recordCreated:
        try delegate.recordCreated(process, listener)
      default:
        preconditionFailure("not a step of the runtime: \(step)")
      }
    } catch let failure as Failure where step.isPlainWrite {
      throw Failure(step.words, reason: failure.reason, errno: failure.errno, hint: step.hint(failure.errno))
    }
    delegate.tellDone(index)
  }

  /// Writes one of the init's files in /proc.
  private func set(_ file: String, _ value: String, _ listener: KernelCallListener) throws(Failure) {
    let path = "/proc/\(process.pid)/\(file)"
    let code = CgroupFile.write(value, to: path, telling: listener)
    if code != 0 { throw Failure("write \(value) to", path, errno: code) }
  }

  /// A stream that cannot change hands, on a read-only file system say, is left as it is; so is /dev/null.
  private static func ownStreams(_ uid: UInt32, _ listener: KernelCallListener) {
    for stream in CInt(0)...2 {
      var status = stat()
      guard fstat(stream, &status) == 0, status.st_uid != uid else { continue }
      let isNull = status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == DeviceLowering.number(1, 3)
      if isNull { continue }
      let result = fchown(stream, uid, status.st_gid)
      listener.tell(
        KernelCall("fchown", ["\(stream)", "\(uid)", "\(status.st_gid)"]), result < 0 ? -Int64(errno) : 0)
    }
  }

  /// The lines of `/proc/PID/timens_offsets`. Source: time_namespaces(7).
  static func text(_ offsets: [String: LinuxTimeOffset]) -> String {
    offsets.sorted(by: { $0.key < $1.key }).map { "\($0.key) \($0.value.secs) \($0.value.nanosecs)\n" }
      .joined()
  }
}

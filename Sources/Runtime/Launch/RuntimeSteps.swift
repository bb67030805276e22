import CShim
import Glibc
import OCISpec

/// The steps of a launch that the runtime does itself, on the host.
struct RuntimeSteps {
  let delegate: LaunchDelegate
  let process: LaunchedProcess
  let layout: CgroupLayout?
  /// The tree that `prepareTree` opened.
  private(set) var tree: CInt = -1

  init(delegate: LaunchDelegate, process: LaunchedProcess, layout: CgroupLayout?) {
    self.delegate = delegate
    self.process = process
    self.layout = layout
  }

  mutating func perform(_ step: Step, _ index: Int) throws {
    do {
      switch step {
      case .prepareCgroup(let plan):
        guard let layout else { preconditionFailure("a cgroup without a layout") }
        _ = try Cgroup.create(plan, layout: layout)
      case .prepareTree(let mount):
        tree = try IDMappedTree.open(mount)
      case .mapUsers(let mappings):
        try Files.set("/proc/\(process.pid)/uid_map", IDMapping.text(mappings))
      case .mapGroups(let mappings):
        try Files.set("/proc/\(process.pid)/gid_map", IDMapping.text(mappings))
      case .setTimeOffsets(let offsets):
        try Files.set("/proc/\(process.pid)/timens_offsets", Self.text(offsets))
      case .setOOMScore(let score):
        try Files.set("/proc/\(process.pid)/oom_score_adj", String(score))
      case .moveInterface(let name, let newName):
        try NetworkInterface.move(name, to: process.pid, as: newName)
      case .runtimeHook(let hook):
        try HookRunner.run(
          hook.hook, kind: hook.kind, index: hook.index, state: delegate.hookState(hook.kind, process))
      case .recordCreated:
        try delegate.recordCreated(process)
      default:
        preconditionFailure("not a step of the runtime: \(step)")
      }
    } catch let failure as Failure where step.isPlainWrite {
      throw Failure(step.words, reason: failure.reason, errno: failure.errno, hint: step.hint(failure.errno))
    }
    guard let observe = delegate.observe else { return }
    let time = Clock.monotonicNanoseconds()
    for call in step.foreseenCalls(pid: process.pid) { observe(LaunchEvent(step: index, call: call, time: time)) }
  }

  /// The lines of `/proc/PID/timens_offsets`. Source: time_namespaces(7).
  static func text(_ offsets: [String: LinuxTimeOffset]) -> String {
    offsets.sorted(by: { $0.key < $1.key }).map { "\($0.key) \($0.value.secs) \($0.value.nanosecs)\n" }.joined()
  }
}

import CShim
import Glibc

/// Brings what the init reports into the order in which it happened, and tells it to whoever observes.
///
/// Three things come out of order: what the child does before it can report, an exec, which can be told only
/// beforehand, and the reports of a process and its fork, which reach the runtime side by side.
struct LaunchNarrator {
  private let observe: ((LaunchEvent) -> Void)?
  private let steps: [Step]
  /// The step of the birth, and what the child does by itself up to the first report of the init.
  private var birth: (step: Int, calls: [KernelCall])?
  private var execution: LaunchEvent?
  /// What a forked child tells until its parent has told of the fork.
  private var held: [LaunchEvent]?

  init(_ delegate: LaunchDelegate, _ steps: [Step]) {
    observe = delegate.observe
    self.steps = steps
  }

  var isHeard: Bool { observe != nil }

  /// The init was born: these are the calls it makes before its first report.
  mutating func expect(_ calls: [KernelCall], of step: Int) { birth = (step, calls) }

  mutating func hear(_ report: Report) {
    guard isHeard else { return }
    // Only calls carry the time at which they ended.
    let now = report.time == 0 ? Clock.monotonicNanoseconds() : report.time
    if let birth, report.call != Int(__NR_execveat) {
      for call in birth.calls { tell(.call(call, step: birth.step, by: .`init`, at: now)) }
      self.birth = nil
    }
    switch report.kind {
    case PLAN_REPORT_CALL: hearCall(report)
    case PLAN_REPORT_SYNC: tell(.done(step: report.step, at: now))
    default: break
    }
  }

  private mutating func hearCall(_ report: Report) {
    let isClone = report.call == Int(__NR_clone3) || report.call == Int(__NR_clone)
    if isClone && report.result == 0 {
      // The child's side of one call, which its parent tells of.
      if case .fork = steps[report.step], held == nil, !forked { held = [] }
      return
    }
    let event = LaunchEvent.call(
      KernelCall(report, of: steps[report.step]), step: report.step, by: .`init`, at: report.time)
    if report.call == Int(__NR_execve) {
      execution = report.result == 0 ? event : nil
      if report.result == 0 { return }
    }
    guard isClone, case .fork = steps[report.step] else { return tell(event) }
    forked = true
    let later = held ?? []
    held = nil
    tell(event)
    for event in later { tell(event) }
  }

  /// Whether the parent has told of its fork already.
  private var forked = false

  private mutating func tell(_ event: LaunchEvent) {
    if held == nil { observe?(event) } else { held?.append(event) }
  }

  /// The init has closed its end. With a gate, what comes behind the wait for `start` is another command's to tell.
  mutating func end() {
    guard isHeard else { return }
    for event in held ?? [] { observe?(event) }
    held = nil
    if let execution { observe?(execution) }
    let last = steps.count - 1
    let reached = execution == nil ? steps.firstIndex(of: .waitForStart) ?? last : last
    observe?(.done(step: reached, at: Clock.monotonicNanoseconds()))
  }
}

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
  /// The step of the last hook whose birth was told.
  private var hookBorn: Int?
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
    if let birth {
      self.birth = nil
      for call in birth.calls {
        // What failed before the init could speak ended there.
        let failed = isOfBirth(report) && call.name == KernelCallTable.name(of: report.call)
        let told = failed ? call.returning(report.result) : call
        tell(.call(told, step: birth.step, by: .`init`, at: now))
        if failed { break }
      }
    }
    tellHookExecution(before: report)
    switch report.kind {
    case PLAN_REPORT_CALL: hearCall(report)
    case PLAN_REPORT_SYNC: tell(.done(step: report.step, at: now))
    default: break
    }
  }

  /// Whether the child says that it could not even become the init.
  private func isOfBirth(_ report: Report) -> Bool {
    guard report.kind == PLAN_REPORT_FAILED else { return false }
    if case .clone = steps[report.step] { return true }
    return false
  }

  /// A hook's exec is told beforehand as well; anything but its failure says that it worked.
  private mutating func tellHookExecution(before report: Report) {
    guard let event = execution, case .call(_, let step, _, _) = event, case .containerHook = steps[step]
    else { return }
    let isOfSame = report.call == Int(__NR_execve) || report.call == Int(__NR_clone)
    if isOfSame && report.step == step { return }
    execution = nil
    tell(event)
  }

  /// The hook's own reports and its parent's, of the clone, reach the runtime side by side.
  private mutating func hearHook(_ report: Report, _ event: LaunchEvent) {
    if report.call == Int(__NR_clone) {
      hookBorn = report.step
      tell(event)
      guard let held = execution, case .call(let call, _, _, _) = held, call.isFailure else { return }
      execution = nil
      tell(held)
    } else if report.result < 0 && hookBorn == report.step {
      execution = nil
      tell(event)
    } else {
      execution = event
    }
  }

  private mutating func hearCall(_ report: Report) {
    let isClone = report.call == Int(__NR_clone3) || report.call == Int(__NR_clone)
    if isClone && report.result == 0 {
      // The child's side of one call, which its parent tells of.
      if forks(report.step), held == nil, forked != report.step { held = [] }
      return
    }
    let event = LaunchEvent.call(
      KernelCall(report, of: steps[report.step]), step: report.step, by: .`init`, at: report.time)
    if case .containerHook = steps[report.step], isClone || report.call == Int(__NR_execve) {
      return hearHook(report, event)
    }
    if report.call == Int(__NR_execve) {
      execution = report.result == 0 ? event : nil
      if report.result == 0 { return }
    }
    guard isClone, forks(report.step) else { return tell(event) }
    forked = report.step
    let later = held ?? []
    held = nil
    tell(event)
    for event in later { tell(event) }
  }

  /// The step of whose fork the parent has told already.
  private var forked: Int?

  /// A payload may be executed below a first process of ours.
  private func forks(_ step: Int) -> Bool {
    switch steps[step] {
    case .fork, .execute: true
    default: false
    }
  }

  private mutating func tell(_ event: LaunchEvent) {
    if held == nil { observe?(event) } else { held?.append(event) }
  }

  /// The init has closed its end. With a gate, what comes behind the wait for `start` is another command's to tell.
  mutating func end() {
    guard isHeard else { return }
    flush()
    if let execution { observe?(execution) }
    let last = steps.lastIndex { if case .execute = $0 { true } else { false } } ?? steps.count - 1
    let reached = execution == nil ? steps.firstIndex(of: .waitForStart) ?? last : last
    observe?(.done(step: reached, at: Clock.monotonicNanoseconds()))
  }

  /// The launch has failed; an exec that was only announced has not happened.
  mutating func fail(_ step: Int?, _ error: any Error) {
    guard isHeard else { return }
    flush()
    observe?(.failed(step: step, error, at: Clock.monotonicNanoseconds()))
  }

  private mutating func flush() {
    for event in held ?? [] { observe?(event) }
    held = nil
  }
}

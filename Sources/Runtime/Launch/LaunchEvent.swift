/// What is told of a launch while it happens. Times are those of CLOCK_MONOTONIC, in nanoseconds.
public enum LaunchEvent: Sendable {
  /// It begins, and these are its steps. `create` ends at the wait for `start`.
  case begins(LaunchPlan, at: UInt64)
  /// A kernel call was made for a step, whose number is its index in the plan.
  case call(KernelCall, step: Int, by: Step.Actor, at: UInt64)
  /// A step is done, and with it all before it, whether or not they made a call that matters.
  case done(step: Int, at: UInt64)
  /// The launch failed at a step, which is the last one told of; nil where it ended between two of them.
  case failed(step: Int?, any Error, at: UInt64)
}

extension LaunchDelegate {
  /// Passes the runtime's calls on as those of a step; nobody where nobody observes.
  func listener(step: Int) -> KernelCallListener {
    guard let observe else { return .nobody }
    return KernelCallListener { call in
      observe(.call(call, step: step, by: .runtime, at: Clock.monotonicNanoseconds()))
    }
  }

  func tellBegin(_ plan: LaunchPlan) { observe?(.begins(plan, at: Clock.monotonicNanoseconds())) }

  func tellDone(_ step: Int) { observe?(.done(step: step, at: Clock.monotonicNanoseconds())) }

  func tellFailed(_ step: Int?, _ error: any Error) {
    observe?(.failed(step: step, error, at: Clock.monotonicNanoseconds()))
  }

  /// Does a step, and tells whether it is done or has failed.
  func telling(_ step: Int, _ body: (KernelCallListener) throws -> Void) throws {
    do {
      try body(listener(step: step))
    } catch {
      tellFailed(step, error)
      throw error
    }
    tellDone(step)
  }
}

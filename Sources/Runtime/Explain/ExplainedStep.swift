/// A step as it is told to people: what, why, how, and when.
struct ExplainedStep: Equatable {
  /// Counted from 1.
  var number: Int
  var actor: Step.Actor
  var title: String
  var reason: String
  var shell: String?
  var calls: [ExplainedCall]
  /// Since the launch began, in nanoseconds; nil for what is only planned, and where nobody looked at the clock.
  var time: UInt64?
  /// Told before: more calls have been made for it since.
  var isContinued: Bool
  /// Why the launch ended here; nil where it went on.
  var failure: String?
}

struct ExplainedCall: Equatable {
  var call: KernelCall
  /// Who made it, where that is not the step's own actor.
  var by: Step.Actor?
}

extension ExplainedStep {
  init(
    _ step: Step, _ index: Int, calls: [ExplainedCall] = [], time: UInt64? = nil, isContinued: Bool = false,
    failure: String? = nil
  ) {
    self.init(
      number: index + 1, actor: step.actor, title: step.words, reason: step.reason, shell: step.shell,
      calls: calls, time: time, isContinued: isContinued, failure: failure)
  }
}

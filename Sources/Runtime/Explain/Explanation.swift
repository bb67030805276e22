/// Tells a launch step by step: what is done, by which kernel calls, why, and how a person would do it in a shell.
///
/// One value tells one launch, either ahead of it (`dryRun`) or while it happens (`observe`, then `finish`).
/// Everything told comes from the plan that is carried out, and from the calls that were made for it.
public final class Explanation {
  public enum Format: String, Sendable, CaseIterable {
    /// For people, in lines that fit the terminal where words allow.
    case text
    /// One JSON object on each line: `step`, `actor`, `title`, `why`, `shell`, `calls`, `time_us`.
    case json
  }

  /// Whether looks for what was not there are told as well.
  public var showsProbes = false

  private let write: (ExplainedStep) -> Void
  private let warn: (String) -> Void
  private var plan = LaunchPlan(steps: [])
  private var start: UInt64 = 0
  /// The step whose calls are being collected.
  private var open: (index: Int, calls: [ExplainedCall], time: UInt64, isContinued: Bool, failure: String?)?
  /// The first step that has not been told.
  private var next = 0

  /// - Parameters:
  ///   - colour: whether text is coloured, with the escape sequences of ECMA-48.
  ///   - columns: of the terminal that text is for; lines are no longer than 100 in any case.
  ///   - write: is given whole lines, each with its line feed.
  public init(
    format: Format, colour: Bool = false, columns: Int? = nil, write: @escaping (String) -> Void
  ) {
    switch format {
    case .text:
      let layout = ExplanationText(colour: colour, columns: columns ?? ExplanationText.widest)
      self.write = { write(layout.text($0)) }
      warn = { write(layout.warning($0)) }
    case .json:
      self.write = { write(ExplanationJSON.line($0)) }
      warn = { write(ExplanationJSON.warning($0)) }
    }
  }

  /// Tells all steps of a plan with the calls they are going to make. Nothing is done.
  public func dryRun(_ plan: LaunchPlan) {
    for warning in plan.warnings { warn(warning) }
    for (index, step) in plan.steps.enumerated() {
      let calls = plan.foreseenCalls(of: index).map { ExplainedCall(call: $0, by: nil) }
      write(ExplainedStep(step, index, calls: calls))
    }
  }

  /// Takes what happens, and tells each step when it is over. For `LaunchDelegate.observe`.
  public func observe(_ event: LaunchEvent) {
    switch event {
    case .begins(let plan, let time):
      self.plan = plan
      start = time
      open = nil
      next = 0
      for warning in plan.warnings { warn(warning) }
    case .call(let call, let step, let actor, let time):
      guard plan.steps.indices.contains(step) else { return }
      if open?.index != step { begin(step, at: time) }
      open?.calls.append(ExplainedCall(call: call, by: actor == plan.steps[step].actor ? nil : actor))
      open?.time = time
    case .done(let step, let time):
      close()
      tellQuietSteps(upTo: step + 1, at: time)
    case .failed(let step?, let error, let time) where plan.steps.indices.contains(step):
      if open?.index != step { begin(step, at: time) }
      open?.failure = "\(error)"
      close()
    case .failed: close()
    }
  }

  /// Tells what is left to tell, after the last event. A step that failed is the last one told.
  public func finish() { close() }

  private func begin(_ step: Int, at time: UInt64) {
    close()
    // What came before is over, though it made no call that matters.
    tellQuietSteps(upTo: step, at: nil)
    open = (step, [], time, step < next, nil)
  }

  private func close() {
    guard let open else { return }
    self.open = nil
    // A look that found nothing is of no interest, unless it is why the launch failed.
    let calls = showsProbes || open.failure != nil ? open.calls : open.calls.filter { !$0.call.isProbe }
    next = max(next, open.index + 1)
    if open.isContinued && calls.isEmpty && open.failure == nil { return }
    write(
      ExplainedStep(
        plan.steps[open.index], open.index, calls: calls, time: since(open.time),
        isContinued: open.isContinued, failure: open.failure))
  }

  private func tellQuietSteps(upTo end: Int, at time: UInt64?) {
    while next < min(end, plan.steps.count) {
      // The clock was looked at when the last of them was over.
      let isLast = next == end - 1
      write(ExplainedStep(plan.steps[next], next, time: isLast ? time.map(since) : nil))
      next += 1
    }
  }

  private func since(_ time: UInt64) -> UInt64 { time > start ? time - start : 0 }
}

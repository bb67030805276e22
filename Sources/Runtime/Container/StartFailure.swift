import CShim
import OCISpec

/// What went wrong behind the wait for `start`. The plan is long gone by then: its last steps are the
/// `startContainer` hooks and the exec, in this order, and are told apart by what the init says.
enum StartFailure {
  static func of(_ report: Report, spec: Spec, hook result: Int64?) -> Failure {
    let hooks = spec.hooks?.startContainer ?? []
    if let result, !hooks.isEmpty {
      // The execution is the last step, the hooks stand right before it.
      return Failure(
        "run a startContainer hook",
        reason: "exit code \(LaunchedProcess.exitCode(CInt(truncatingIfNeeded: result)))")
    }
    let step = Step.execute(arguments: spec.process?.args ?? [], environment: [], supervised: false)
    return step.failure(report, hook: result)
  }
}

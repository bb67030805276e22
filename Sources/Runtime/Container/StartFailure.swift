import CShim
import OCISpec

/// What went wrong behind the wait for `start`. The plan is long gone by then: its last steps are the
/// `startContainer` hooks and the exec, in this order, and are told apart by what the init says.
enum StartFailure {
  /// - Parameter hook: what was said of a hook that failed.
  static func of(_ report: Report, spec: Spec, hook: Report?) -> Failure {
    let hooks = spec.hooks?.startContainer ?? []
    if let hook, let index = hook.arguments.first.map({ Int(truncatingIfNeeded: $0) }),
      hooks.indices.contains(index)
    {
      return ContainerHook(kind: .startContainer, index: index, hook: hooks[index], state: []).failure(
        hook.result)
    }
    let step = Step.execute(arguments: spec.process?.args ?? [], environment: [], supervised: false)
    return step.failure(report, hook: nil)
  }
}

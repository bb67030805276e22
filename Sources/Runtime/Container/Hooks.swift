import OCISpec

extension Container {
  /// Runs the hooks of one kind, in order; the first that fails ends it.
  func runHooks(
    _ kind: HookKind, _ process: LaunchedProcess?, telling listener: KernelCallListener = .nobody
  ) throws {
    guard record.hasLaterHooks else { return }
    let hooks = try spec().hooks
    let chosen: [Hook] =
      switch kind {
      case .poststart: hooks?.poststart ?? []
      case .poststop: hooks?.poststop ?? []
      default: []
      }
    for (index, hook) in chosen.enumerated() {
      let state = HookState.forRuntime(
        id: id, pid: process.map { Int($0.pid) }, bundle: record.bundle, kind: kind,
        annotations: record.annotations)
      try HookRunner.run(hook, kind: kind, index: index, state: state, telling: listener)
    }
  }
}

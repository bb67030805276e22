import Runtime

extension RestartPolicy {
  /// What the monitor does.
  var rule: RestartRule {
    switch self {
    case .no: .never
    case .onFailure(let most): .onFailure(most: most)
    case .always, .unlessStopped: .always
    }
  }

  /// Whether a container that was started once is started when the machine has been.
  func startsAtBoot(_ status: ContainerStatus) -> Bool {
    if status.startedAt.isEmpty { return false }
    switch self {
    case .no: return false
    case .always: return true
    case .unlessStopped: return !status.isStoppedByHand
    case .onFailure: return !status.isStoppedByHand && status.exitCode != 0
    }
  }
}

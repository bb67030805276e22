import Runtime

extension ContainerStatus {
  /// As `ps` shows it: `Up 3 minutes (healthy)`, `Exited (137) About a minute ago`.
  public func text(now: Moment) -> String {
    func since(_ moment: String) -> String { Moment(moment)?.ago(now) ?? "an unknown time" }
    switch state {
    case .running:
      let health = health.map {
        " (" + ($0.status == .starting ? "health: starting" : $0.status.rawValue) + ")"
      }
      return "Up " + since(startedAt) + (health ?? "")
    case .paused: return "Up " + since(startedAt) + " (Paused)"
    case .restarting: return "Restarting (\(exitCode)) " + since(finishedAt) + " ago"
    case .created: return "Created"
    case .exited: return finishedAt.isEmpty ? "Created" : "Exited (\(exitCode)) " + since(finishedAt) + " ago"
    case .dead: return "Dead"
    case .removing: return "Removal In Progress"
    }
  }
}

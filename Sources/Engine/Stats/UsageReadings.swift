import Runtime

/// Reads what containers use, time and again: some figures are of the time between two readings.
public struct UsageReadings {
  private var before: [String: (usage: ContainerUsage, host: HostUsage)] = [:]

  public init() {}

  /// The figures of containers, in their order; nil for one of which nothing can be read, zeros for one that does not
  /// run. The processor's are of the time since the reading before, and 0 at the first.
  public mutating func take(_ containers: [StoredContainer]) -> [StatsFigures?] {
    var taken: [String: (usage: ContainerUsage, host: HostUsage)] = [:]
    let figures = containers.map { container -> StatsFigures? in
      do {
        guard let usage = try container.usage(container.status()) else { return StatsFigures() }
        // The machine's time right beside each reading, since reading many takes time itself.
        let host = try HostUsage.read()
        taken[container.id] = (usage, host)
        return StatsFigures(before: before[container.id], now: (usage, host))
      } catch {
        return nil
      }
    }
    before = taken
    return figures
  }
}

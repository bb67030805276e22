import Runtime

/// Which containers are taken away together.
public struct PruneFilter: Sendable {
  private let words: FilterWords
  /// Those made later stay.
  private var until: Moment?

  public static let keys = ["label", "label!", "until"]

  public init(_ texts: [String], now: Moment = .now()) throws(Failure) {
    words = try FilterWords(texts, known: Self.keys)
    if words["until"].count > 1 { throw Failure("--filter until", reason: "given more than once") }
    if let text = words["until"].first { until = try Moment(flag: "--filter until=", text, now: now) }
  }

  public func keeps(labels: [String: String], created: Moment) -> Bool {
    words.fits(labels: labels) && until.map { created < $0 } ?? true
  }
}

extension Containers {
  /// Removes the containers that do not run.
  ///
  /// - Parameter warn: told of each that cannot be removed.
  /// - Returns: the IDs of the removed, and how many bytes they took.
  public func prune(_ filter: PruneFilter, warn: (String) -> Void) -> (ids: [String], bytes: Int64) {
    var removed: (ids: [String], bytes: Int64) = ([], 0)
    for listed in list(warn: warn) where !listed.isActive {
      guard let container = listed.container,
        filter.keeps(labels: container.options.labels, created: listed.created)
      else { continue }
      let size = container.wholeSize
      do {
        try container.remove()
        removed.ids.append(container.id)
        removed.bytes += size
      } catch {
        let isLeft = error as? Failure == ContainerFolder(roots, container.id).stays
        let now = try? find(container.id).status().state
        // One that was removed, or started, while we looked at the others is none to remove.
        if isLeft || now == listed.status.state { warn("\(error)") }
      }
    }
    return removed
  }
}

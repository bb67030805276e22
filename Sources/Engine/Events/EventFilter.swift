import Runtime

/// Which events are told.
public struct EventFilter: Sendable {
  private let words: FilterWords

  public static let keys = ["container", "event", "image", "label", "network", "scope", "type", "volume"]

  public init(_ texts: [String]) throws(Failure) { words = try FilterWords(texts, known: Self.keys) }

  public func keeps(_ event: EngineEvent) -> Bool {
    let attributes = Dictionary(event.attributes.map { ($0.name, $0.value) }) { $1 }
    func allows(_ key: String, _ check: (String) -> Bool) -> Bool {
      !words.has(key) || words[key].contains(where: check)
    }
    func isActor(_ word: String) -> Bool { event.actor == word || attributes["name"] == word }
    return allows("type", { $0 == event.type })
      // Some actions say more after a colon.
      && allows("event", { event.action == $0 || event.action.hasPrefix($0 + ":") })
      && allows("container", { event.type == "container" && (isActor($0) || event.actor.hasPrefix($0)) })
      && allows("volume", { event.type == "volume" && isActor($0) || attributes["volume"] == $0 })
      && allows("network", { event.type == "network" && (isActor($0) || event.actor.hasPrefix($0)) })
      && allows("image", { Self.isImage($0, event, attributes) })
      && allows("scope", { $0 == "local" })
      && words.fits(labels: attributes)
  }

  private static func isImage(_ wanted: String, _ event: EngineEvent, _ attributes: [String: String]) -> Bool
  {
    let name = event.type == "image" ? event.actor : attributes["image"]
    return name == wanted || name == wanted + ":latest" || name.map { $0 + ":latest" } == wanted
  }
}

extension EngineEvent {
  /// A line as docker prints it: when, what, to what, and its attributes.
  public var line: String {
    let told = attributes.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    return "\(Moment(nanoseconds: time).preciseText) \(type) \(action) \(actor)"
      + (told.isEmpty ? "" : " (\(told))")
  }
}

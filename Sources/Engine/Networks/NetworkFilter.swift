import Networking
import Runtime

/// What `network ls --filter` keeps.
public struct NetworkFilter {
  private let words: FilterWords
  private let names: [Pattern]
  private let ids: [Pattern]
  /// Nil: both kinds.
  private let isDangling: Bool?

  public init(_ words: [String]) throws(Failure) {
    let known = ["dangling", "driver", "id", "label", "name", "scope", "type"]
    self.words = try FilterWords(words, known: known)
    names = try self.words["name"].map { text throws(Failure) in
      try Pattern(text, subject: "--filter name=\(text)")
    }
    ids = try self.words["id"].map { text throws(Failure) in try Pattern(text, subject: "--filter id=\(text)")
    }
    isDangling = try self.words.flag("dangling")
    for value in self.words["type"] where value != "custom" && value != "builtin" {
      throw FilterWords.bad("type", value, "neither custom nor builtin")
    }
  }

  /// Whether it asks who is in networks.
  public var needsUsers: Bool { isDangling != nil }

  /// - Parameter isUsed: whether any running container is in it; asked only where that matters.
  public func keeps(_ network: StoredNetwork, isUsed: (StoredNetwork) -> Bool) -> Bool {
    func allows(_ key: String, _ value: String) -> Bool { !words.has(key) || words[key].contains(value) }
    return allows("driver", network.driver.rawValue) && allows("scope", StoredNetwork.scope)
      && allows("type", network.isPredefined ? "builtin" : "custom")
      && (names.isEmpty || names.contains { $0.matches(network.name) })
      && (ids.isEmpty || ids.contains { $0.matches(network.id) }) && words.fits(labels: network.labels)
      && (isDangling.map { $0 == (!network.isPredefined && !isUsed(network)) } ?? true)
  }
}

extension StoredNetwork {
  /// As far as it reaches: there is no other kind.
  public static let scope = "local"
}

import Runtime

/// What `volume ls --filter` keeps.
public struct VolumeFilter {
  private let words: FilterWords
  private let names: [Pattern]
  /// Nil: both kinds.
  private let isDangling: Bool?

  public init(_ words: [String]) throws(Failure) {
    self.words = try FilterWords(words, known: ["dangling", "driver", "label", "name"])
    var names: [Pattern] = []
    for name in self.words["name"] { names.append(try Pattern(name, subject: "--filter name=\(name)")) }
    self.names = names
    isDangling = try self.words["dangling"].last.map { value throws(Failure) in
      switch value {
      case "true", "1": true
      case "false", "0": false
      default: throw FilterWords.bad("dangling", value, "neither true nor false")
      }
    }
  }

  /// - Parameter isUsed: whether any container uses it; asked only where that matters.
  public func keeps(_ volume: Volume, isUsed: (Volume) -> Bool) -> Bool {
    let drivers = words["driver"]
    return (drivers.isEmpty || drivers.contains(Volume.driver))
      && (names.isEmpty || names.contains { $0.matches(volume.name) })
      && words.fits(labels: volume.labels) && (isDangling.map { $0 != isUsed(volume) } ?? true)
  }
}

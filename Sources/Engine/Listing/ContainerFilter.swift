import Runtime

/// Which containers are listed.
public struct ContainerFilter {
  private let words: FilterWords
  private var names: [Pattern] = []
  private var ids: [Pattern] = []
  private var exitCodes: [Int32] = []
  private var published: [ContainerPort] = []
  private var exposed: [ContainerPort] = []
  private var before: [ListedContainer] = []
  private var since: [ListedContainer] = []
  private var images: [String] = []
  private var imageIDs: Set<String> = []

  public static let keys = [
    "ancestor", "before", "exited", "expose", "health", "id", "label", "name", "network", "publish", "since",
    "status",
    "volume",
  ]

  /// - Parameters:
  ///   - descendants: the IDs of an image of the store and of those made from it; none where the store has no such image.
  ///   - find: the container of a name or an ID.
  public init(
    _ texts: [String], descendants: (String) -> [String] = { _ in [] },
    find: (String) throws -> ListedContainer
  ) throws {
    words = try FilterWords(texts, known: Self.keys)
    names = try words["name"].map { try Pattern($0, subject: "--filter name=\($0)") }
    ids = try words["id"].map { try Pattern($0, subject: "--filter id=\($0)") }
    exitCodes = try words["exited"].map { text throws(Failure) in
      guard let code = Int32(text) else { throw FilterWords.bad("exited", text, "not an exit code") }
      return code
    }
    try check("status", ContainerStatus.State.allCases.map(\.rawValue))
    try check("health", Health.Status.allCases.map(\.rawValue) + ["none"])
    published = try ports("publish")
    exposed = try ports("expose")
    before = try words["before"].map(find)
    since = try words["since"].map(find)
    for word in words["ancestor"] {
      if EngineImages.isPath(word) {
        // A path is what it is wherever one stands.
        images += [word, Files.absolute(word)]
        continue
      }
      let found = descendants(word)
      // What the store has no more, containers may still be called by.
      if found.isEmpty { images.append(word) } else { imageIDs.formUnion(found) }
    }
  }

  private func check(_ key: String, _ known: [String]) throws(Failure) {
    for value in words[key] where !known.contains(value) {
      throw FilterWords.bad(key, value, "unknown \(key) '\(value)'", hint: known.joined(separator: ", "))
    }
  }

  private func ports(_ key: String) throws(Failure) -> [ContainerPort] {
    var found: [ContainerPort] = []
    for text in words[key] {
      do {
        found += try ContainerPort.ports(text)
      } catch {
        throw FilterWords.bad(key, text, error.reason ?? "not a port")
      }
    }
    return found
  }

  /// Whether it asks for containers that do not run.
  public var wantsAll: Bool { words.has("status") || words.has("exited") }

  public func keeps(_ listed: ListedContainer) -> Bool {
    func allows(_ key: String, _ check: (String) -> Bool) -> Bool {
      !words.has(key) || words[key].contains(where: check)
    }
    let status = listed.status
    guard
      names.isEmpty || names.contains(where: { $0.matches(listed.name) || $0.matches("/" + listed.name) }),
      ids.isEmpty || ids.contains(where: { $0.matches(listed.id) }),
      exitCodes.isEmpty
        || !listed.isActive && !status.startedAt.isEmpty && exitCodes.contains(status.exitCode),
      allows("status", { $0 == status.state.rawValue }),
      allows("health", { $0 == status.health?.status.rawValue ?? "none" }),
      before.allSatisfy({ ListedContainer.isBefore($0, listed) }),
      since.allSatisfy({ ListedContainer.isBefore(listed, $0) })
    else { return false }
    guard let container = listed.container else {
      // Of a damaged one nothing more is known.
      return !["label", "ancestor", "network", "volume", "publish", "expose"].contains(where: words.has)
    }
    return fits(container)
  }

  private func fits(_ container: StoredContainer) -> Bool {
    func isOneOf(_ ports: [ContainerPort], _ key: String, _ wanted: [ContainerPort]) -> Bool {
      !words.has(key) || wanted.contains(where: ports.contains)
    }
    let options = container.options
    let network = options.network
    return words.fits(labels: options.labels)
      && (!words.has("ancestor") || imageIDs.contains(container.imagePlace)
        || images.contains { Self.isImage($0, container) })
      && (!words.has("network") || words["network"].contains(where: container.networkNames.contains))
      && (!words.has("volume")
        || words["volume"].contains { wanted in options.mounts.contains { $0.isAt(wanted) } })
      && isOneOf(network.published.map(\.container), "publish", published)
      && isOneOf(network.exposed + network.published.map(\.container), "expose", exposed)
  }

  private static func isImage(_ wanted: String, _ container: StoredContainer) -> Bool {
    let name = container.options.image
    return wanted == name || wanted == container.imagePlace || wanted + ":latest" == name
      || name + ":latest" == wanted
  }
}

extension StoredContainer {
  /// The network that it is in; of several the first one.
  public var networkName: String { (options.network.mode ?? .loopback).word }

  /// The networks that it is in.
  public var networkNames: [String] {
    options.network.networks.isEmpty ? [networkName] : options.network.networks.map(\.name)
  }
}

extension MountFlag {
  /// Whether it is a volume of that name, or something from or at that path.
  func isAt(_ wanted: String) -> Bool {
    switch kind {
    case .bind(let source, _) where source == wanted: true
    case .volume(let name, _) where name == wanted: true
    default: Files.clean(target) == wanted
    }
  }
}

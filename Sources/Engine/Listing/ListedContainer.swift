import Glibc
import OCISpec
import Runtime

/// A container as it is listed: each of its files read once.
///
/// A class, since the options are many: sorting values would count references for longer than reading them takes.
public final class ListedContainer: Sendable {
  public let id: String
  public let name: String
  /// What was asked for; nil where the file that says so is damaged.
  public let container: StoredContainer?
  public let status: ContainerStatus
  public let created: Moment
  /// What it has in networks while it runs.
  public let endpoints: [ContainerEndpoint]

  public var shortID: String { String(id.prefix(12)) }

  init(
    id: String, name: String, container: StoredContainer?, status: ContainerStatus, created: Moment,
    endpoints: [ContainerEndpoint] = []
  ) {
    self.id = id
    self.name = name
    self.container = container
    self.status = status
    self.created = created
    self.endpoints = endpoints
  }

  public convenience init(
    _ container: StoredContainer, status: ContainerStatus, endpoints: [ContainerEndpoint] = []
  ) {
    self.init(
      id: container.id, name: container.name, container: container, status: status,
      created: Moment(container.created) ?? Moment(nanoseconds: 0), endpoints: endpoints)
  }

  /// Whether its payload lives, as far as stopping and removing are concerned.
  public var isActive: Bool {
    switch status.state {
    case .running, .paused, .restarting: true
    case .created, .exited, .dead, .removing: false
    }
  }

  /// Later ones come first.
  static func isBefore(_ one: ListedContainer, _ other: ListedContainer) -> Bool {
    (one.created, one.id) > (other.created, other.id)
  }
}

extension Containers {
  /// All containers, the latest first, also those whose files are damaged.
  ///
  /// - Parameter warn: told why a container cannot be listed as a whole.
  public func list(warn: (String) -> Void) -> [ListedContainer] {
    var names: [String: String]?
    let endpoints = EngineNetworks(roots).endpoints()
    var found: [ListedContainer] = []
    for id in ids() {
      var dead = ContainerStatus()
      dead.state = .dead
      do {
        let container = try StoredContainer.read(id, roots)
        do {
          found.append(
            ListedContainer(container, status: try container.status(), endpoints: endpoints[id] ?? []))
        } catch {
          guard Files.exists(roots.folder(of: id)) else { continue }
          warn("container \(container.name): \(error)")
          found.append(ListedContainer(container, status: dead))
        }
      } catch {
        var folder = stat()
        // One that goes while we look is none to warn of.
        guard stat(roots.folder(of: id), &folder) == 0 else { continue }
        let known = names ?? ContainerNames(roots: roots).byID()
        names = known
        warn("container \(known[id] ?? String(id.prefix(12))): \(error)")
        found.append(
          ListedContainer(
            id: id, name: known[id] ?? "", container: nil, status: dead,
            created: Moment(nanoseconds: Int64(folder.st_mtim.tv_sec) * 1_000_000_000)))
      }
    }
    return found.sorted(by: ListedContainer.isBefore)
  }

  /// One container as it would be listed.
  public func listed(_ word: String) throws -> ListedContainer {
    let container = try find(word)
    let status = try container.status()
    return ListedContainer(
      container, status: status, endpoints: EngineNetworks(roots).endpoints(of: container))
  }
}

extension ContainerNames {
  /// The names by the IDs that they stand for.
  func byID() -> [String: String] {
    var found: [String: String] = [:]
    for name in Files.names(in: roots.names) {
      if let id = id(of: name) { found[id] = name }
    }
    return found
  }
}

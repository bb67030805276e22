import Glibc
import Runtime

extension Networks {
  /// The network of a name, an ID or the beginning of one; `default` is the usual one, which need not be made yet.
  public func find(_ word: String) throws -> StoredNetwork {
    let name = word == "default" ? StoredNetwork.usualName : word
    if Self.isName(name), Files.exists(folder(of: name)) {
      return try StoredNetwork.read(name, folder(of: name))
    }
    if Self.isPredefined(name) { return predefined(name) }
    if word.isEmpty { throw Self.missing(word) }
    let found = all().filter { $0.id.hasPrefix(word) }
    if let whole = found.first(where: { $0.id == word }) { return whole }
    if found.count > 1 {
      throw Failure("network \(word) is ambiguous (\(found.count) matches found on ID prefix)")
    }
    guard let one = found.first else { throw Self.missing(word) }
    return one
  }

  /// Whether no network answers to a word.
  public func isMissing(_ word: String) -> Bool {
    if Self.isPredefined(word) || Self.isName(word) && Files.exists(folder(of: word)) { return false }
    return word.isEmpty || !all().contains { $0.id.hasPrefix(word) }
  }

  static func missing(_ word: String) -> Failure { Failure("network \(word) not found") }

  /// All networks in the order of their names, those that are there on every machine among them.
  ///
  /// - Parameter warn: told of each whose file cannot be read; such a one is left out.
  public func all(warn: (Error) -> Void = { _ in }) -> [StoredNetwork] {
    let made = made(warn: warn)
    let isMade = Files.exists(folder(of: StoredNetwork.usualName))
    let others = (isMade ? [] : [StoredNetwork.usualName]) + ["host", "none"]
    return (made + others.map { predefined($0) }).sorted { $0.name < $1.name }
  }

  /// The networks that have been made, in the order of their names.
  ///
  /// - Parameter warn: told of each whose file cannot be read; such a one is left out.
  public func made(warn: (Error) -> Void = { _ in }) -> [StoredNetwork] {
    var found: [StoredNetwork] = []
    for name in Files.names(in: folder).sorted() where Self.isName(name) {
      do {
        found.append(try StoredNetwork.read(name, folder(of: name)))
      } catch {
        if Files.exists(folder(of: name)) { warn(error) }
      }
    }
    return found
  }

  /// Removes a network.
  ///
  /// - Parameters:
  ///   - isAlive: whether the container of an ID runs. Throws where one with a lease does.
  ///   - dispose: takes away what else there is of a dead container's lease.
  ///   - takeDown: takes away the network's devices. It is called first: a network whose devices are gone is made
  ///     again when it is used, and devices whose network is gone are nobody's.
  /// - Returns: the network as it was.
  @discardableResult
  public func remove(
    _ word: String, isAlive: (String) -> Bool, dispose: (Lease) throws -> Void = { _ in },
    takeDown: (StoredNetwork) throws -> Void = { _ in }
  ) throws -> StoredNetwork {
    let network = try find(word)
    if network.isPredefined {
      throw Failure("\(network.name) is a pre-defined network and cannot be removed")
    }
    return try lock {
      let leases = Leases(network)
      try leases.whileHeld {
        // Another of that name may have been made meanwhile.
        guard try StoredNetwork.read(network.name, network.folder).id == network.id else {
          throw Self.missing(word)
        }
        try leases.sweepHeld(isAlive: isAlive, dispose: dispose)
        let users = try leases.all()
        if !users.isEmpty {
          throw Failure(
            "error while removing network",
            reason:
              "network \(network.name) has active endpoints (\(users.map(\.name).joined(separator: ", ")))",
            hint: "disconnect or stop them first")
        }
        try takeDown(network)
        let remains = folder + "/.old-" + network.id
        if rename(network.folder, remains) != 0 {
          throw Failure("remove network", network.folder, errno: errno)
        }
        ScratchFolder.remove(remains)
      }
      return network
    }
  }
}

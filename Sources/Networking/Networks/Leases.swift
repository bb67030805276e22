import Glibc
import OCISpec
import Runtime

/// Who has which addresses, names and ports in a network: `leases.json` beside the network's own file. It is written
/// whole, under the lock of the network's folder, and read without.
public struct Leases: Sendable {
  public let network: StoredNetwork

  /// - Parameter network: one that has been made; those that have not have no leases.
  public init(_ network: StoredNetwork) { self.network = network }

  /// Absolute.
  public var file: String { network.folder + "/leases.json" }

  /// Gives a container addresses, and writes its lease. One that it had is taken away first.
  ///
  /// - Parameters:
  ///   - isAlive: whether the container of an ID runs; asked only where a dead one is in the way.
  ///   - dispose: takes away what else there is of such a one's lease.
  public func claim(
    for request: LeaseRequest, isAlive: (String) -> Bool, dispose: (Lease) throws -> Void = { _ in }
  ) throws -> Lease {
    try change { table in
      var request = request
      if let old = try table.lease(of: request.container) {
        try dispose(old)
        table.remove(request.container)
        request.former4 = request.former4 ?? old.ip4
        request.former6 = request.former6 ?? old.ip6
      }
      let lease: Lease
      do {
        lease = try table.choose(for: request, in: network)
      } catch let failure as Failure where failure.kind == .alreadyExists {
        // Perhaps the dead are in the way.
        guard try table.sweep(isAlive: isAlive, dispose: dispose) else { throw failure }
        lease = try table.choose(for: request, in: network)
      }
      table.add(lease)
      return lease
    }
  }

  /// The lease that a container would get. Nothing is written.
  public func foresee(_ request: LeaseRequest) throws -> Lease {
    try read().choose(for: request, in: network)
  }

  /// Takes a container's lease away.
  ///
  /// - Parameter dispose: takes away what else there is of it.
  /// - Returns: nil where it has none.
  @discardableResult
  public func release(
    _ container: String, dispose: (Lease) throws -> Void = { _ in }
  ) throws -> Lease? {
    try change { table in
      guard let lease = try table.lease(of: container) else { return nil }
      try dispose(lease)
      table.remove(container)
      return lease
    }
  }

  /// Changes a container's lease: its names, its ports. Nothing happens where it has none.
  ///
  /// - Returns: the lease as it is now.
  @discardableResult
  public func update(_ container: String, _ body: (inout Lease) -> Void) throws -> Lease? {
    try change { table in
      guard let old = try table.lease(of: container) else { return nil }
      var lease = old
      body(&lease)
      if lease != old { table.replace(lease) }
      return lease
    }
  }

  /// A container's lease, whether it lives or not.
  public func find(_ container: String) throws -> Lease? { try read().lease(of: container) }

  /// The leases of those who live.
  public func all(isAlive: (String) -> Bool = { _ in true }) throws -> [Lease] {
    let table = try read()
    return try reading { try table.leases(where: isAlive) }
  }

  /// Takes the leases of the dead away.
  ///
  /// - Parameter dispose: takes away what else there is of one. It is called first: where this process is killed in
  ///   between, the lease still tells the next one.
  public func sweep(isAlive: (String) -> Bool, dispose: (Lease) throws -> Void) throws {
    // Most times there is none, and nobody needs to wait.
    if try read().containers.allSatisfy(isAlive) { return }
    try whileHeld { try sweepHeld(isAlive: isAlive, dispose: dispose) }
  }

  /// Tells whether the leases have changed since; cheap.
  public var signature: Signature? { Signature(file) }

  /// A file's state at a time.
  public struct Signature: Equatable, Sendable {
    private let inode: UInt64
    /// In bytes.
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// Nil where there is no file.
    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      (inode, size) = (UInt64(status.st_ino), Int64(status.st_size))
      (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
  }
}

extension Leases {
  func read() throws -> LeaseTable {
    try reading { try LeaseTable(file) }
  }

  /// Says which file it is that something is wrong with.
  private func reading<Result>(_ body: () throws -> Result) throws -> Result {
    try Damage.naming(file, hint: "with no container on the network it can be removed", body)
  }

  /// Keeps all others from changing the leases until a function has ended.
  ///
  /// Throws where the network is gone.
  public func whileHeld<Result>(_ body: () throws -> Result) throws -> Result {
    guard Files.exists(network.folder) else { throw Networks.missing(network.name) }
    return try FolderLock.hold(network.folder) { lock in
      guard lock.isInPlace else { throw Networks.missing(network.name) }
      return try body()
    }
  }

  private func change<Result>(_ body: (inout LeaseTable) throws -> Result) throws -> Result {
    try whileHeld { try changeHeld(body) }
  }

  private func changeHeld<Result>(_ body: (inout LeaseTable) throws -> Result) throws -> Result {
    var table = try read()
    let result = try reading { try body(&table) }
    if table.hasChanged { try Files.replace(file, table.json()) }
    return result
  }

  /// With the folder's lock held.
  func sweepHeld(isAlive: (String) -> Bool, dispose: (Lease) throws -> Void) throws {
    try changeHeld { table in _ = try table.sweep(isAlive: isAlive, dispose: dispose) }
    // Of those who were killed while they wrote.
    for name in Files.names(in: network.folder) where name.hasPrefix("leases.json.") {
      unlink(network.folder + "/" + name)
    }
  }
}

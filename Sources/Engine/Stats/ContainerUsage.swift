import Runtime

/// What a running container has used and uses, at one moment.
public struct ContainerUsage: Equatable, Sendable {
  public var cgroup: CgroupStats
  public var network: [NetworkUsage]

  public init(cgroup: CgroupStats, network: [NetworkUsage]) {
    self.cgroup = cgroup
    self.network = network
  }
}

extension StoredContainer {
  /// What the container uses now; nil where it does not run.
  public func usage(_ status: ContainerStatus) throws -> ContainerUsage? {
    guard status.state == .running || status.state == .paused, status.pid > 0 else { return nil }
    do {
      let cgroup = try roots.store.container(id).stats()
      return ContainerUsage(cgroup: cgroup, network: NetworkUsage.read(of: status.pid))
    } catch {
      // It may have ended meanwhile.
      let state = try? self.status().state
      if state == .running || state == .paused { throw error }
      return nil
    }
  }
}

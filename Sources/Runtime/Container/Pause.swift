import OCISpec

extension Container {
  /// Stops every process of the container where it stands, until `resume`.
  public func pause() throws {
    let status = try status()
    guard status == .running || status == .created else {
      throw Failure(
        "cannot pause container \(id)", reason: status == .paused ? "already paused" : "container not running"
      )
    }
    guard let cgroup = try cgroup() else {
      throw Failure("cannot pause container \(id)", reason: "it has no cgroup")
    }
    try cgroup.freeze()
  }

  /// Lets a paused container go on.
  public func resume() throws {
    guard try status() == .paused else {
      throw Failure("cannot resume container \(id)", reason: "container not paused")
    }
    try cgroup()?.thaw()
  }
}

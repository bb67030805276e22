import Glibc
import OCISpec
import Runtime

extension StoredContainer {
  /// Changes limits, at once where the container runs, and the restart policy.
  ///
  /// - Parameters:
  ///   - changes: what is nil stays as it is.
  ///   - restart: nil leaves it as it is.
  public func update(_ changes: ResourceLimits, restart: RestartPolicy? = nil) throws {
    let lock = try ContainerFolder(roots, id).lock()
    defer { _ = fcntl(lock.raw, F_GETFD) }
    var container = try Self.read(id, roots)
    if let restart {
      if restart != .no && container.options.removesItself {
        throw Failure(
          "--restart", restart.word, reason: "container \(name) is removed when it ends",
          hint: "it was run with --rm")
      }
      container.options.restart = restart
    }
    container.options.limits = container.options.limits.changed(by: changes)
    var asked = container.options
    asked.limits = container.options.limits.asked(by: changes)
    try FlagNames.telling(asked) {
      var resources = LinuxResources()
      try SpecBuilder(options: asked, id: id, rootfs: "").limit(&resources)
      try resources.validate()
      let state = try container.status().state
      if changes != ResourceLimits(), state == .running || state == .paused {
        try roots.store.container(id).update(resources)
      }
    }
    try container.write()
    EventLog(roots).add(container.event("update"))
    try container.tellOfChange()
  }
}

extension ResourceLimits {
  /// These limits with others in their place where something is said.
  func changed(by other: ResourceLimits) -> ResourceLimits {
    var limits = self
    limits.memory = other.memory ?? memory
    limits.memorySwap = other.memorySwap ?? memorySwap
    limits.memoryReservation = other.memoryReservation ?? memoryReservation
    limits.memorySwappiness = other.memorySwappiness ?? memorySwappiness
    // One way to limit processor time takes the place of the other.
    if other.nanoCPUs != nil { (limits.cpuPeriod, limits.cpuQuota) = (nil, nil) }
    if other.cpuPeriod != nil || other.cpuQuota != nil { limits.nanoCPUs = nil }
    limits.nanoCPUs = other.nanoCPUs ?? limits.nanoCPUs
    limits.cpuPeriod = other.cpuPeriod ?? limits.cpuPeriod
    limits.cpuQuota = other.cpuQuota ?? limits.cpuQuota
    limits.cpuShares = other.cpuShares ?? cpuShares
    limits.cpuset = other.cpuset ?? cpuset
    limits.memoryNodes = other.memoryNodes ?? memoryNodes
    limits.pids = other.pids ?? pids
    limits.blockWeight = other.blockWeight ?? blockWeight
    return limits
  }

  /// Of these limits those that a change concerns: memory and swap go together, as one counts the other.
  func asked(by changes: ResourceLimits) -> ResourceLimits {
    var asked = changes
    if changes.memory != nil || changes.memorySwap != nil {
      (asked.memory, asked.memorySwap) = (memory, memorySwap)
    }
    if changes.memoryReservation != nil { asked.memory = memory }
    return asked
  }
}

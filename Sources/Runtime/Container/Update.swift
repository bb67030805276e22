import OCISpec

extension Container {
  /// Changes the limits of a live container; what is absent stays as it is.
  ///
  /// - Throws: `SpecError` or `Failure` naming the field at fault: then all limits are as before; `Failure` where the
  ///   container has stopped.
  public func update(_ resources: LinuxResources) throws {
    let status = try status()
    guard status != .stopped, status != .creating else {
      throw Failure("cannot update container \(id)", reason: "container not running")
    }
    guard let cgroup = try cgroup()?.completed() else {
      throw Failure("cannot update container \(id)", reason: "it has no cgroup")
    }
    try Self.check(resources)
    var resources = resources
    // Some engines send all limits, and device hooks of others may have widened the filter since: it is only
    // replaced where its rules are new.
    if !resources.devices.isEmpty, try spec().linux?.resources?.devices == resources.devices {
      resources.devices = []
    }
    let plan = try CgroupPlan.lowerUpdate(
      resources: resources, path: cgroup.path, layout: cgroup.layout, current: cgroup.current())
    if !plan.legacy.isEmpty && !record.usesLegacyCgroups {
      // Noted before they exist, so that they are found again.
      var noted = record
      noted.usesLegacyCgroups = true
      try noted.write(folder)
    }
    try cgroup.update(plan) { writes in
      // Before the files are written, and put back: it writes them as well, and a CPU quota in whole percents.
      if record.usesSystemd { try Self.tellSystemd(writes, cgroup) }
    }
  }

  /// The new limits as properties of the unit, so that systemd repeats these and not the former ones.
  private static func tellSystemd(_ writes: [CgroupWrite], _ cgroup: Cgroup) throws {
    let properties = UnitProperty.limits(writes, hasBFQ: UnitProperty.hasBFQ)
    if properties.isEmpty { return }
    let unit = SystemdUnit(recorded: cgroup.path.text)
    _ = try SystemdProgram.ask(
      ["set", unit.name, String(properties.count)] + properties.flatMap(\.words), "change systemd unit",
      unit.name)
  }

  /// As for a new container, but for swap: the memory limit that it includes may be the one in force.
  private static func check(_ resources: LinuxResources) throws(SpecError) {
    var checked = resources
    if checked.memory?.limit ?? 0 <= 0, checked.memory?.swap ?? 0 > 0 { checked.memory?.swap = nil }
    try checked.validate()
  }
}

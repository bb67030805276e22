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
    // Their files are there from then on, with what is in force so far.
    try Cgroup.enable(plan)
    let former = Cgroup.former(plan)
    do {
      if record.usesSystemd {
        for check in plan.checks { try Cgroup.check(check) }
        try Self.tellSystemd(plan.writes, cgroup)
      }
      try cgroup.update(plan)
    } catch var failure as Failure {
      // Half an update is no state that anybody has asked for. systemd first: it rounds what it writes.
      if record.usesSystemd { try? Self.tellSystemd(former, cgroup) }
      if let file = Cgroup.putBack(former) {
        failure.hint = (failure.hint.map { $0 + "; " } ?? "") + "\(file) keeps its new value"
      }
      throw failure
    }
  }

  /// The new limits as properties of the unit, so that systemd repeats these and not the former ones. Before the
  /// files are written, since it writes them as well, and a CPU quota in whole percents.
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

/// What is asked of systemd for a container's cgroup: plain data, as `CgroupPlan` is.
public struct UnitPlan: Equatable, Sendable {
  public var unit: SystemdUnit
  /// In the order in which systemd is given them: of two of one name the later holds.
  public var properties: [UnitProperty]
  /// Limits that are written when systemd's placeholder has left the cgroup, because it would count.
  public var lateWrites: [CgroupWrite]

  /// - Parameters:
  ///   - id: the container's, for people.
  ///   - cgroup: changed to the plan of a cgroup that is there already.
  ///   - annotated: what annotations ask for, which wins.
  ///   - hasBFQ: as `UnitProperty.limits(_:hasBFQ:)`.
  init(
    _ unit: SystemdUnit, id: String, cgroup: inout CgroupPlan, annotated: [UnitProperty] = [],
    hasBFQ: Bool = false
  ) {
    self.unit = unit
    properties = [
      UnitProperty("Description", .string("swiftainer container \(id)")),
      // Not stopped before the container's engine when the machine goes down, and not part of any target.
      UnitProperty("DefaultDependencies", .bool(false)),
      // One that has failed would otherwise stay for somebody to look at.
      UnitProperty("CollectMode", .string("inactive-or-failed"), since: 236),
    ]
    if unit.isSlice {
      properties.append(UnitProperty("Wants", .strings([unit.slice])))
    } else {
      properties += [UnitProperty("Slice", .string(unit.slice)), UnitProperty("Delegate", .bool(true))]
    }
    for controller in ["CPU", "Memory", "IO", "Tasks"] {
      properties.append(UnitProperty(controller + "Accounting", .bool(true)))
    }
    properties += UnitProperty.limits(cgroup.writes, hasBFQ: hasBFQ)
    properties += annotated

    cgroup.isUnit = true
    // systemd enables those it knows; the others belong to whoever needs them.
    cgroup.accounting = []
    lateWrites = []
    for (index, write) in cgroup.writes.enumerated()
    where !unit.isSlice && write.file.hasSuffix("/pids.max") && ["0", "1"].contains(write.value) {
      lateWrites.append(write)
      cgroup.writes[index].value = "2"
      cgroup.writes[index].note = "systemd's placeholder is there beside the first"
    }
  }

  /// The words behind `swiftainer-systemd start`.
  var words: [String] { [unit.name, String(properties.count)] + properties.flatMap(\.words) }

  /// The same as a command that a person could type; the shell takes the placeholder's part.
  var shell: String {
    var words = [
      "busctl", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
      "org.freedesktop.systemd1.Manager",
      "StartTransientUnit", "ssa(sv)a(sa(sv))", unit.name, "fail",
      String(properties.count + (unit.isSlice ? 0 : 1)),
    ]
    let own = unit.isSlice ? "" : " PIDs au 1 $$"
    var text = Shell.command(words) + own
    words = properties.flatMap(\.commandWords) + ["0"]
    text += " " + Shell.command(words)
    return text
  }
}

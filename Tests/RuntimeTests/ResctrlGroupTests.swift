import Glibc
import OCISpec
import Testing

@testable import Runtime

/// A folder that stands for a resctrl file system: what is made in it has its files from birth.
private final class FakeResctrl {
  let scratch: SecurityScratch
  private(set) var calls: [KernelCall] = []
  var path: String { scratch.path }

  init() throws {
    scratch = try SecurityScratch()
    try populate("")
    try scratch.write("ok\n", to: "info/last_cmd_status")
  }

  private func populate(_ group: String) throws {
    try scratch.write("    L3:0=7ff;1=7ff\n    MB:0=100;1= 20\n", to: group + "schemata")
    try scratch.write("", to: group + "tasks")
    mkdir(path + "/" + group + "mon_groups", 0o755)
  }

  /// As the kernel makes and removes groups.
  var groups: ResctrlGroup {
    ResctrlGroup(
      makeFolder: { [self] folder in
        if mkdir(folder, 0o755) != 0 { return errno }
        let name = String(folder.dropFirst(path.count + 1)) + "/"
        if name.contains("mon_groups/") {
          try? scratch.write("", to: name + "tasks")
        } else {
          try? populate(name)
        }
        return 0
      },
      removeFolder: { folder in
        guard Files.exists(folder) else { return ENOENT }
        for name in Files.names(in: folder) {
          unlink(folder + "/" + name)
          rmdir(folder + "/" + name)
        }
        return rmdir(folder) == 0 ? 0 : errno
      })
  }

  func lower(_ field: LinuxIntelRdt, id: String = "box") throws -> ResctrlPlan {
    try ResctrlPlan.lower(field, id: id, mountPoint: path, exists: Files.exists)
  }

  @discardableResult func prepare(_ field: LinuxIntelRdt) throws -> ResctrlPlan {
    let plan = try lower(field)
    calls = []
    try groups.prepare(plan, telling: KernelCallListener { self.calls.append($0) })
    return plan
  }

  /// What was written to `schemata` files, in order.
  var written: [String] { calls.filter { $0.name == "write" }.map { $0.arguments[1] } }
  func has(_ name: String) -> Bool { Files.exists(path + "/" + name) }
}

@Suite struct ResctrlGroups {
  @Test func ownGroupIsMadeAndRemoved() throws {
    let resctrl = try FakeResctrl()
    let plan = try resctrl.prepare(
      LinuxIntelRdt(schemata: ["MB:0=50"], l3CacheSchema: "L3:0=f", enableMonitoring: true))
    #expect(resctrl.written == ["\"L3:0=f\\n\"", "\"MB:0=50\\n\""])
    #expect(resctrl.has("box/mon_groups/box/tasks"))
    try ResctrlGroup.join(plan.tasks, 4711)
    for file in plan.tasks { #expect(try textOfFile(file) == "4711") }
    try resctrl.groups.remove(ResctrlRecord(plan))
    #expect(!resctrl.has("box"))
    // Again, as after an interrupted delete.
    try resctrl.groups.remove(ResctrlRecord(plan))
  }

  @Test func groupThatWasThereStays() throws {
    let resctrl = try FakeResctrl()
    #expect(resctrl.groups.makeFolder(resctrl.path + "/box") == 0)
    let plan = try resctrl.prepare(LinuxIntelRdt(l3CacheSchema: "L3:0=f"))
    #expect(resctrl.written == ["\"L3:0=f\\n\""])
    try resctrl.groups.remove(ResctrlRecord(plan))
    #expect(resctrl.has("box"))
  }

  @Test func sharedGroupIsMadeOnceAndStays() throws {
    let resctrl = try FakeResctrl()
    let field = LinuxIntelRdt(closID: "gold", l3CacheSchema: "L3:0=7ff", enableMonitoring: true)
    let plan = try resctrl.prepare(field)
    #expect(resctrl.written == ["\"L3:0=7ff\\n\""])
    try resctrl.groups.remove(ResctrlRecord(plan))
    #expect(resctrl.has("gold") && !resctrl.has("gold/mon_groups/box"))
    // It agrees with what is in force, which is not written again.
    try resctrl.prepare(field)
    #expect(resctrl.written == [])
  }

  @Test func sharedGroupMustAgree() throws {
    let resctrl = try FakeResctrl()
    try resctrl.prepare(LinuxIntelRdt(closID: "gold", schemata: ["L3:0=7ff"]))
    let error = #expect(throws: SpecError.self) {
      try resctrl.prepare(LinuxIntelRdt(closID: "gold", l3CacheSchema: "L3:0=7ff", memBwSchema: "MB:1=50"))
    }
    #expect(error?.path == "linux.intelRdt.memBwSchema")
    #expect(error?.reason.contains("at MB of 1") == true)
    // The list of lines is written to a class that is there, as the specification has it.
    try resctrl.prepare(LinuxIntelRdt(closID: "gold", schemata: ["MB:1=50"], l3CacheSchema: "L3:0=7ff"))
    #expect(resctrl.written == ["\"MB:1=50\\n\""])
  }

  @Test func groupThatIsOnlyNamedMustExist() throws {
    let resctrl = try FakeResctrl()
    let error = #expect(throws: SpecError.self) { try resctrl.prepare(LinuxIntelRdt(closID: "gold")) }
    #expect(error?.path == "linux.intelRdt.closID")
    #expect(!resctrl.has("gold"))
    let plan = try resctrl.prepare(LinuxIntelRdt(closID: "/"))
    #expect(plan.tasks == [resctrl.path + "/tasks"] && resctrl.calls == [])
  }

  @Test func failureLeavesNothing() throws {
    let resctrl = try FakeResctrl()
    try resctrl.scratch.write("Mask out of range\n", to: "info/last_cmd_status")
    var groups = resctrl.groups
    groups.makeFolder = { mkdir($0, 0o755) == 0 ? 0 : errno }  // without a file `schemata`
    for closID in [nil, "gold"] {
      let plan = try resctrl.lower(LinuxIntelRdt(closID: closID, schemata: ["L3:0=fffff"]))
      let failure = #expect(throws: Failure.self) { try groups.prepare(plan) }
      #expect(failure?.operation == "linux.intelRdt.schemata: write L3:0=fffff to")
      #expect(failure?.reason == "Mask out of range")
      #expect(!resctrl.has(closID ?? "box"))
    }
  }

  @Test func whatAnotherHasMadeIsNotOurs() throws {
    let resctrl = try FakeResctrl()
    let plan = try resctrl.lower(LinuxIntelRdt())
    #expect(resctrl.groups.makeFolder(resctrl.path + "/box") == 0)
    let failure = #expect(throws: Failure.self) { try resctrl.groups.prepare(plan) }
    #expect(failure?.kind == .notOurs)
    #expect(resctrl.has("box"))
    // A monitoring group must be the container's own.
    mkdir(resctrl.path + "/mon_groups/box", 0o755)
    let other = #expect(throws: Failure.self) {
      try resctrl.prepare(LinuxIntelRdt(closID: "/", enableMonitoring: true))
    }
    #expect(other?.kind == .notOurs)
  }

  @Test func machineThatCannotMonitor() throws {
    let resctrl = try FakeResctrl()
    rmdir(resctrl.path + "/mon_groups")
    let error = #expect(throws: SpecError.self) {
      try resctrl.prepare(LinuxIntelRdt(closID: "/", enableMonitoring: true))
    }
    #expect(error?.path == "linux.intelRdt.enableMonitoring")
  }

  @Test func theRecordIsReadAsItWasWritten() throws {
    let scratch = try SecurityScratch()
    var record = ContainerRecord.unknown("box")
    for resctrl in [
      nil, ResctrlRecord(group: "/r/box", ownsGroup: true, monitor: "/r/box/mon_groups/box"),
      ResctrlRecord(group: "/r/gold", ownsGroup: false, monitor: nil),
    ] {
      record.resctrl = resctrl
      try record.write(scratch.path)
      #expect(try ContainerRecord.read(scratch.path, id: "box").resctrl == resctrl)
    }
  }
}

import OCISpec
import Testing

@testable import Runtime

@Suite struct ResctrlDetection {
  private static let other = "22 1 0:20 / /sys rw - sysfs sysfs rw\n"

  @Test func theMountTableSaysWhere() throws {
    let scratch = try SecurityScratch()
    try scratch.write(
      Self.other + "40 22 0:35 /group /srv/part rw - resctrl resctrl rw\n"
        + "41 22 0:35 / /sys/fs/my\\040resctrl rw,relatime shared:9 - resctrl resctrl rw,mba_MBps\n",
      to: "proc/self/mountinfo")
    #expect(try Resctrl.mountPoint(root: scratch.path) == "/sys/fs/my resctrl")
  }

  @Test(arguments: [
    (
      "nodev\tsysfs\nnodev\tresctrl\n", "flags\t\t: fpu rdt_a\n",
      "no resctrl file system is mounted (mount -t"
    ),
    ("nodev\tsysfs\n", "flags\t\t: fpu cat_l3 sse\n", "this kernel has no resctrl, though the processor"),
    ("nodev\tsysfs\n", "flags\t\t: fpu sse\nbugs\t: mba\n", "this machine has no resctrl: its processor"),
    ("", "", "this machine has no resctrl: its processor"),
  ])
  func whyThereIsNone(fileSystems: String, processor: String, reason: String) throws {
    let scratch = try SecurityScratch()
    try scratch.write(Self.other, to: "proc/self/mountinfo")
    try scratch.write(fileSystems, to: "proc/filesystems")
    try scratch.write(processor, to: "proc/cpuinfo")
    let error = #expect(throws: SpecError.self) { try Resctrl.mountPoint(root: scratch.path) }
    #expect(error?.description.hasPrefix("linux.intelRdt: " + reason) == true)
  }
}

@Suite struct ResctrlLowering {
  private static func lower(_ field: LinuxIntelRdt, exists: Bool = false) throws -> ResctrlPlan {
    try ResctrlPlan.lower(field, id: "box", mountPoint: "/r") { path in
      #expect(path == "/r/box")
      return exists
    }
  }

  @Test func whoseGroup() throws {
    #expect(try Self.lower(LinuxIntelRdt()).group == .new("/r/box"))
    #expect(try Self.lower(LinuxIntelRdt(), exists: true).group == .found("/r/box"))
    #expect(try Self.lower(LinuxIntelRdt(closID: "gold")).group == .shared("/r/gold", mayMake: false))
    #expect(
      try Self.lower(LinuxIntelRdt(closID: "gold", memBwSchema: "MB:0=20")).group
        == .shared("/r/gold", mayMake: true))
    #expect(
      try Self.lower(LinuxIntelRdt(closID: "/", schemata: ["L3:0=f"])).group == .shared("/r", mayMake: false))
  }

  @Test func schemataComeLast() throws {
    let plan = try Self.lower(
      LinuxIntelRdt(
        schemata: ["L2:0=f", "MB:0=50"], l3CacheSchema: "L3:0=7f0\nMB:0=10\n", memBwSchema: "MB:0=20"))
    #expect(plan.writes.map(\.text) == ["L3:0=7f0\nMB:0=10\n", "MB:0=20\n", "L2:0=f\nMB:0=50\n"])
    #expect(
      plan.writes.map(\.field) == ["l3CacheSchema", "memBwSchema", "schemata"].map { "linux.intelRdt." + $0 })
  }

  @Test func monitoringIsBelowTheGroup() throws {
    #expect(try Self.lower(LinuxIntelRdt(enableMonitoring: false)).monitor == nil)
    #expect(try Self.lower(LinuxIntelRdt(enableMonitoring: true)).monitor == "/r/box/mon_groups/box")
    let shared = try Self.lower(LinuxIntelRdt(closID: "/", enableMonitoring: true))
    #expect(shared.tasks == ["/r/tasks", "/r/mon_groups/box/tasks"])
  }

  @Test func noContainerIsNamedAsAFolderOfResctrl() {
    let error = #expect(throws: SpecError.self) {
      try ResctrlPlan.lower(LinuxIntelRdt(), id: "info", mountPoint: "/r") { _ in true }
    }
    #expect(error?.path == "linux.intelRdt")
  }

  @Test(arguments: [
    ("L3:0=f", nil), ("L3:1=00F;0=f", nil), ("MB:1=20", nil), ("L3:0=7", "L3 of 0"),
    ("L3:0=f;2=f", "L3 of 2"), ("L2:0=f", "L2 of 0"), ("MB:0=100;1=21", "MB of 1"),
  ])
  func comparison(line: String, difference: String?) {
    let inForce = ResctrlSchemata(["    L3:0=0f;1=f", "    MB:0=100;1= 20"])
    let found = ResctrlSchemata([line]).firstDifference(from: inForce)
    #expect(found.map { "\($0.resource) of \($0.domain)" } == difference)
  }
}

@Suite struct ResctrlSteps {
  private static let plan = ResctrlPlan(
    mountPoint: "/r", group: .new("/r/box"),
    writes: [ResctrlPlan.Write(field: ResctrlPlan.schemataField, lines: ["L3:0=f", "MB:0=50"])],
    monitor: "/r/box/mon_groups/box")

  @Test func madeBeforeTheBirthAndJoinedRightBehindIt() throws {
    let spec = Spec(
      root: Root(path: "rootfs"), process: Process(args: ["/bin/true"], cwd: "/"),
      linux: Linux(namespaces: [LinuxNamespace(type: .mount)]))
    var launch = ContainerLaunch(id: "box", bundle: "/b", rootfs: "/b/rootfs", spec: spec, mode: .run)
    launch.resctrl = Self.plan
    let steps = try ContainerLowering.lower(launch).steps
    #expect(
      Array(steps.prefix(3)) == [
        .prepareResctrl(Self.plan), .clone(CloneStep(namespaces: .mount, cgroup: nil)),
        .joinResctrl(["/r/box/tasks", "/r/box/mon_groups/box/tasks"]),
      ])
    #expect(steps.prefix(3).allSatisfy { $0.actor == .runtime })
  }

  @Test func explained() {
    let prepare = Step.prepareResctrl(Self.plan)
    #expect(prepare.words == "prepare class of service /r/box")
    #expect(
      prepare.shell == """
        mkdir /r/box
        printf 'L3:0=f\\nMB:0=50\\n' > /r/box/schemata
        mkdir /r/box/mon_groups/box
        """)
    #expect(
      prepare.foreseenCalls(pid: nil).map(\.invocation) == [
        #"mkdir("/r/box", 0755)"#, #"openat(AT_FDCWD, "/r/box/schemata", O_WRONLY|O_CLOEXEC)"#,
        #"write(filefd, "L3:0=f\nMB:0=50\n", 15)"#, #"mkdir("/r/box/mon_groups/box", 0755)"#,
      ])
    let join = Step.joinResctrl(Self.plan.tasks)
    #expect(join.words == "join class of service /r/box")
    #expect(join.shell == "echo $PID > /r/box/tasks\necho $PID > /r/box/mon_groups/box/tasks")
  }
}

import OCISpec
import Testing

@testable import Runtime

@Suite struct SystemdUnitTests {
  @Test(arguments: [
    ("system.slice:docker:web", "docker-web.scope", "system.slice", "/system.slice/docker-web.scope"),
    (":docker:web", "docker-web.scope", "system.slice", "/system.slice/docker-web.scope"),
    ("-.slice:docker:web", "docker-web.scope", "-.slice", "/docker-web.scope"),
    ("a-b-c.slice:p:n", "p-n.scope", "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice/p-n.scope"),
    ("a.slice::n", "n.scope", "a.slice", "/a.slice/n.scope"),
    ("a.slice:p:x-y.slice", "x-y.slice", "a.slice", "/x.slice/x-y.slice"),
    // What could be taken for a file of cgroupfs.
    ("a.slice::cgroup.x", "cgroup.x.scope", "a.slice", "/a.slice/_cgroup.x.scope"),
    ("_a.slice:_y:n", "_y-n.scope", "_a.slice", "/__a.slice/__y-n.scope"),
    ("a.slice:memories:n", "memories-n.scope", "a.slice", "/a.slice/memories-n.scope"),
  ])
  func cgroupsPath(asked: String, name: String, slice: String, path: String) throws {
    let unit = try SystemdUnit(cgroupsPath: asked, id: "id")
    #expect(unit.name == name)
    #expect(unit.slice == slice)
    #expect(unit.path == path)
    #expect(SystemdUnit(recorded: path).name == name)
  }

  @Test func withoutAPath() throws {
    for asked in [nil, ""] {
      #expect(try SystemdUnit(cgroupsPath: asked, id: "web").path == "/system.slice/swiftainer-web.scope")
    }
    // An ID may have what a unit may not.
    #expect(try SystemdUnit(cgroupsPath: nil, id: "c++").name == #"swiftainer-c\x2b\x2b.scope"#)
  }

  @Test func ofAUser() throws {
    let manager = "/user.slice/user-7.slice/user@7.service"
    #expect(
      try SystemdUnit(cgroupsPath: ":p:n", id: "web", manager: manager).path == manager
        + "/user.slice/p-n.scope")
  }

  @Test(arguments: [
    ("/kubepods/pod1", "must be slice:prefix:name"),
    ("a.slice:b", "must be slice:prefix:name"),
    ("a.slice:b:c:d", "must be slice:prefix:name"),
    ("a.slice:b:", "has no name behind slice and prefix"),
    ("a:b:c", "`a` is not the name of a slice"),
    (".slice:b:c", "`.slice` is not the name of a slice"),
    ("-a.slice:b:c", "`-a.slice` is not the name of a slice"),
    ("a-.slice:b:c", "`a-.slice` is not the name of a slice"),
    ("a--b.slice:b:c", "`a--b.slice` is not the name of a slice"),
    ("../x.slice:b:c", "cannot have \"/\" in its name"),
    ("a.slice:b:c/../../d", "cannot have \"/\" in its name"),
    ("a.slice:b:c d", "cannot have \" \" in its name"),
    ("a.slice:b:c\n", #"cannot have "\n" in its name"#),
    ("a.slice:b:ü", "in its name"), ("a.slice:b@c:d", "cannot have \"@\""),
    ("a.slice:memory.y:n", "begins with memory."), ("io.slice:x:n", "begins with io."),
    ("a.slice:b:-.slice", "must not be the root of all slices"),
    ("a.slice:b:" + String(repeating: "c", count: 250), "more than 255 bytes"),
  ])
  func refused(asked: String, reason: String) {
    do throws(Failure) {
      _ = try SystemdUnit(cgroupsPath: asked, id: "id")
      Issue.record("accepted: \(asked)")
    } catch {
      #expect(error.description.hasPrefix("linux.cgroupsPath `\(asked)`: "))
      #expect(error.description.contains(reason))
    }
  }

  // MARK: Values as text

  @Test(
    arguments: [
      ("'a b'", "s", ["a b"]), (#""it's""#, "s", ["it's"]), (#"'a\'\n\u00e4'"#, "s", ["a'\nä"]),
      ("true", "b", ["true"]), ("boolean false", "b", ["false"]), ("5", "i", ["5"]), ("-0x10", "i", ["-16"]),
      ("010", "i", ["8"]), ("uint64 18446744073709551615", "t", ["18446744073709551615"]),
      ("int64 -9223372036854775808", "x", ["-9223372036854775808"]), (" byte 255 ", "y", ["255"]),
      ("1.5", "d", ["1.5"]),
      ("@u 7", "u", ["7"]), ("objectpath '/a'", "o", ["/a"]), ("@au []", "au", ["0"]),
      ("['a', 'b']", "as", ["2", "a", "b"]),
      ("[1, uint64 2]", "at", ["2", "1", "2"]), ("@ay [1, 2,]", "ay", ["2", "1", "2"]),
      ("b'a'", "ay", ["2", "97", "0"]),
      ("('/dev/null', 'rwm')", "(ss)", ["/dev/null", "rwm"]),
      ("[('a', uint64 5), ('b', 6)]", "a(st)", ["2", "a", "5", "b", "6"]), ("@a(st) []", "a(st)", ["0"]),
      ("('a',)", "(s)", ["a"]), ("[[1], [2, 3]]", "aai", ["2", "1", "1", "2", "2", "3"]),
    ] as [(String, String, [String])])
  func propertyText(text: String, signature: String, words: [String]) throws {
    let value = try PropertyText.parse(text)
    #expect(value.signature == signature)
    #expect(value.words == words)
  }

  @Test(arguments: [
    ("", "a value is missing"), ("infinity", "`infinity` is no value"), ("'a", "is not closed"),
    ("'a' 'b'", "unexpected"),
    ("[1, 'a']", "a number stands where a value of type s is expected"), ("[]", "needs its type"),
    ("[1", "`,` or `]` is missing"), ("uint64 -1", "does not fit"), ("byte 256", "does not fit"),
    ("3000000000", "does not fit"),
    ("uint64 'a'", "a text stands where"), ("<5>", "not supported"), ("{'a': 1}", "not supported"),
    ("@a{sv} []", "not a type"),
    ("@uu 1", "is not one type"), ("@ 1", "is not one type"), ("@( 1", "not a type"),
    ("5x", "not a whole number"),
    ("0x", "not a whole number"), ("()", "cannot have 0 members"), (#"'\u0000'"#, "number of a character"),
    ("--5", "not a whole"),
    (String(repeating: "[", count: 1000), "nested too deeply"),
    ("@" + String(repeating: "a", count: 1000) + "i []", "not a type"),
  ])
  func propertyTextRefused(text: String, reason: String) {
    do throws(PropertyText.Mistake) {
      let value = try PropertyText.parse(text)
      Issue.record("accepted as \(value): \(text)")
    } catch {
      #expect(error.reason.contains(reason))
    }
  }

  @Test func annotations() throws {
    let properties = try UnitProperty.annotated([
      "org.systemd.property.TimeoutStopUSec": "uint64 5", "org.systemd.property.RuntimeMaxSec": "1.5",
      "org.systemd.property.CollectMode": "'inactive'", "other": "[",
    ])
    #expect(
      properties == [
        UnitProperty("CollectMode", .string("inactive")), UnitProperty("RuntimeMaxUSec", .uint64(1_500_000)),
        UnitProperty("TimeoutStopUSec", .uint64(5)),
      ])
  }

  @Test(arguments: [
    ("Delegate", "true", "the runtime decides this property"), ("PIDs", "@au [1]", "the runtime decides"),
    ("A", "true", "`A` is not the name of a property"),
    ("Mem oryMax", "true", "is not the name of a property"),
    ("CollectMode", "inactive", "`inactive` is no value"),
    ("TimeoutStopSec", "'5'", "must be a number of seconds"),
    ("TimeoutStopSec", "-5", "must be a number of seconds"),
    ("TimeoutStopSec", "1e300", "must be a number of seconds"),
  ])
  func annotationRefused(name: String, text: String, reason: String) {
    do throws(SpecError) {
      _ = try UnitProperty.annotated(["org.systemd.property." + name: text])
      Issue.record("accepted: \(name) \(text)")
    } catch {
      #expect(error.description.hasPrefix("annotations[\"org.systemd.property.\(name)\"]: "))
      #expect(error.reason.contains(reason))
    }
  }

  // MARK: Limits

  private static func properties(_ resources: LinuxResources, hasBFQ: Bool = false) throws -> [UnitProperty] {
    UnitProperty.limits(try CgroupsCanned.lower(resources, CgroupsCanned.unified).writes, hasBFQ: hasBFQ)
  }

  @Test func limits() throws {
    var resources = LinuxResources()
    resources.memory = LinuxMemory(limit: 64 << 20, reservation: 32 << 20, swap: 96 << 20)
    resources.cpu = LinuxCPU(shares: 1024, quota: 12_345, period: 50_000, cpus: "0-2,9", mems: "0")
    resources.pids = LinuxPids(limit: 7)
    resources.unified = ["memory.high": "48M", "memory.oom.group": "1", "pids.max": "9"]
    #expect(
      try Self.properties(resources) == [
        UnitProperty("MemorySwapMax", .uint64(32 << 20)), UnitProperty("MemoryMax", .uint64(64 << 20)),
        UnitProperty("MemoryLow", .uint64(32 << 20)), UnitProperty("CPUWeight", .uint64(100)),
        // 24.69 percent, rounded up.
        UnitProperty("CPUQuotaPerSecUSec", .uint64(250_000)),
        UnitProperty("CPUQuotaPeriodUSec", .uint64(50_000), since: 242),
        UnitProperty("AllowedCPUs", .bytes([0b111, 0b10]), since: 244),
        UnitProperty("AllowedMemoryNodes", .bytes([1]), since: 244),
        UnitProperty("MemoryHigh", .uint64(48 << 20)), UnitProperty("TasksMax", .uint64(9)),
      ])
  }

  @Test func unlimited() throws {
    var resources = LinuxResources()
    resources.memory = LinuxMemory(limit: -1)
    resources.cpu = LinuxCPU(quota: -1)
    resources.pids = LinuxPids(limit: -1)
    #expect(
      try Self.properties(resources) == [
        UnitProperty("MemorySwapMax", .uint64(.max)), UnitProperty("MemoryMax", .uint64(.max)),
        UnitProperty("CPUQuotaPerSecUSec", .uint64(.max)),
        UnitProperty("CPUQuotaPeriodUSec", .uint64(100_000), since: 242),
        UnitProperty("TasksMax", .uint64(.max)),
      ])
  }

  @Test func weights() throws {
    let resources = LinuxResources(blockIO: LinuxBlockIO(weight: 500))
    #expect(try Self.properties(resources) == [UnitProperty("IOWeight", .uint64(4950))])
    // 100 + 400 * 11, from which systemd calculates 500 again.
    #expect(try Self.properties(resources, hasBFQ: true) == [UnitProperty("IOWeight", .uint64(4500))])
    for weight in ["0", "9", "1001", "70000", "-1", "junk"] {
      let resources = LinuxResources(unified: ["io.bfq.weight": weight])
      #expect(try Self.properties(resources, hasBFQ: false) == [])
      #expect(try Self.properties(resources, hasBFQ: true) == [])
    }
    #expect(
      try Self.properties(LinuxResources(cpu: LinuxCPU(idle: 1))) == [
        UnitProperty("CPUWeight", .uint64(0), since: 252)
      ])
    #expect(
      try Self.properties(
        LinuxResources(unified: ["io.weight": "default 7", "cpuset.cpus": "", "cpu.weight": "junk"]))
        == [
          UnitProperty("AllowedCPUs", .bytes([]), since: 244), UnitProperty("IOWeight", .uint64(7)),
        ])
  }

  // MARK: The plan

  private static func plan(_ resources: LinuxResources, _ path: String = "a.slice:p:n") throws -> (
    UnitPlan, CgroupPlan
  ) {
    let unit = try SystemdUnit(cgroupsPath: path, id: "web")
    var cgroup = try CgroupPlan.lower(
      resources: resources, path: CgroupPath(recorded: unit.path), layout: CgroupsCanned.unified)
    let plan = UnitPlan(
      unit, id: "web", cgroup: &cgroup, annotated: [UnitProperty("Description", .string("mine"))])
    return (plan, cgroup)
  }

  @Test func scope() throws {
    let (plan, cgroup) = try Self.plan(LinuxResources(pids: LinuxPids(limit: 5)))
    #expect(
      plan.properties == [
        UnitProperty("Description", .string("swiftainer container web")),
        UnitProperty("DefaultDependencies", .bool(false)),
        UnitProperty("CollectMode", .string("inactive-or-failed"), since: 236),
        UnitProperty("Slice", .string("a.slice")), UnitProperty("Delegate", .bool(true)),
        UnitProperty("CPUAccounting", .bool(true)), UnitProperty("MemoryAccounting", .bool(true)),
        UnitProperty("IOAccounting", .bool(true)), UnitProperty("TasksAccounting", .bool(true)),
        UnitProperty("TasksMax", .uint64(5)), UnitProperty("Description", .string("mine")),
      ])
    #expect(plan.words.prefix(6) == ["p-n.scope", "11", "0", "Description", "s", "swiftainer container web"])
    #expect(
      plan.shell.hasPrefix(
        "busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager "
          + "StartTransientUnit 'ssa(sv)a(sa(sv))' p-n.scope fail 12 PIDs au 1 $$ Description s "
          + "'swiftainer container web' DefaultDependencies b false"))
    #expect(cgroup.folders == [])
    #expect(cgroup.accounting == [])
    #expect(plan.lateWrites == [])
  }

  /// systemd's placeholder is in the cgroup when the init is born into it.
  @Test(arguments: [1, 0] as [Int64]) func onePid(limit: Int64) throws {
    let (plan, cgroup) = try Self.plan(LinuxResources(pids: LinuxPids(limit: limit)))
    #expect(cgroup.writes.map(\.value) == ["2"])
    #expect(plan.lateWrites.map(\.value) == ["1"])
    #expect(plan.properties.contains(UnitProperty("TasksMax", .uint64(1))))
  }

  @Test func slice() throws {
    let (plan, cgroup) = try Self.plan(LinuxResources(pids: LinuxPids(limit: 1)), "a.slice:p:x-y.slice")
    #expect(plan.properties.contains(UnitProperty("Wants", .strings(["a.slice"]))))
    #expect(!plan.properties.contains { ["Slice", "Delegate"].contains($0.name) })
    #expect(cgroup.writes.map(\.value) == ["1"])
    #expect(!plan.shell.contains("PIDs"))
  }

  @Test func launch() throws {
    let (unit, cgroup) = try Self.plan(LinuxResources())
    var launch = ContainerLaunch(
      id: "web", bundle: "/b", rootfs: "/b/rootfs",
      spec: Spec(
        process: Process(args: ["true"], cwd: "/"), linux: Linux(namespaces: [LinuxNamespace(type: .mount)])),
      mode: .run)
    (launch.unit, launch.cgroup) = (unit, cgroup)
    let steps = try ContainerLowering.lower(launch).steps
    let start = try #require(steps.firstIndex(of: .startUnit(unit)))
    #expect(steps[start + 1] == .prepareCgroup(cgroup))
    let birth = try #require(steps.firstIndex { if case .clone = $0 { true } else { false } })
    // Before the init gets its plan, which is when all that stands here is done.
    #expect(steps[birth + 1] == .leaveUnit(unit))
  }
}

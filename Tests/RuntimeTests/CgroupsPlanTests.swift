import OCISpec
import Testing

@testable import Runtime

private let unified = CgroupsCanned.unified
private let hybrid = CgroupsCanned.hybrid
private let path = CgroupsCanned.path

@Suite struct CgroupsPlanTests {
  @Test func withoutLimitsThereIsOneFolderAndNoMore() throws {
    let plan = try CgroupPlan.lower(resources: nil, path: path, layout: hybrid)
    #expect(plan == CgroupPlan(unified: CgroupFolder(mountPoint: "/sys/fs/cgroup/unified", path: path)))
    #expect(plan.folders == ["/sys/fs/cgroup/unified/swiftainer", "/sys/fs/cgroup/unified/swiftainer/web"])
    #expect(try CgroupsCanned.lower(LinuxResources(memory: LinuxMemory(), cpu: LinuxCPU()), hybrid) == plan)
  }

  @Test func onCgroup2AllControllersAreEnabledForStatistics() throws {
    let plan = try CgroupPlan.lower(resources: nil, path: path, layout: unified)
    #expect(plan.accounting == unified.unifiedControllers)
    #expect(plan.required.isEmpty)
    #expect(plan.writes.isEmpty)
  }

  @Test func aWholePlanOnCgroup2() throws {
    let plan = try CgroupsCanned.lower(LinuxResources(memory: LinuxMemory(limit: 4096)), unified)
    var expected = CgroupPlan(unified: CgroupFolder(mountPoint: "/sys/fs/cgroup", path: path))
    expected.accounting = unified.unifiedControllers
    expected.required = [ControllerRequest(.memory, field: "linux.resources.memory.limit")]
    expected.writes = [
      CgroupWrite(
        "/sys/fs/cgroup/swiftainer/web/memory.max", "4096", field: "linux.resources.memory.limit",
        note: "the hard limit in bytes")
    ]
    #expect(plan == expected)
  }

  @Test func onlyTheHierarchiesThatALimitNeedsAreJoined() throws {
    let plan = try CgroupsCanned.lower(
      LinuxResources(
        cpu: LinuxCPU(shares: 512), pids: LinuxPids(limit: 10),
        hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 0)]), hybrid)
    #expect(
      plan.legacy == [
        CgroupFolder(mountPoint: "/sys/fs/cgroup/cpu", path: path, controllers: [.cpu]),
        CgroupFolder(mountPoint: "/sys/fs/cgroup/pids", path: path, controllers: [.pids]),
      ])
    #expect(plan.required.map(\.controller) == [.hugetlb])
    #expect(plan.accounting.isEmpty)
  }

  @Test func hierarchiesThatCount() {
    // Processor time is counted on cgroup v2 by its core.
    let names = hybrid.countingHierarchies.flatMap(\.controllers).map(\.rawValue)
    #expect(names == ["memory", "io", "pids"])
    #expect(CgroupsCanned.unified.countingHierarchies.isEmpty)
  }

  @Test func hierarchiesOfAnExistingParentAreJoinedToo() throws {
    let plan = try CgroupPlan.lower(
      resources: nil, path: path, layout: hybrid, inherited: [CgroupsCanned.hierarchy("cpuset", .cpuset)])
    #expect(plan.legacy.map(\.leaf) == ["/sys/fs/cgroup/cpuset/swiftainer/web"])
    #expect(
      plan.cpusetFolders == ["/sys/fs/cgroup/cpuset/swiftainer", "/sys/fs/cgroup/cpuset/swiftainer/web"])
  }

  @Test func asShellCommands() throws {
    let plan = try CgroupsCanned.lower(LinuxResources(pids: LinuxPids(limit: 7)), hybrid)
    #expect(
      plan.shell == [
        "mkdir -p /sys/fs/cgroup/unified/swiftainer/web /sys/fs/cgroup/pids/swiftainer/web",
        "echo '7' > /sys/fs/cgroup/pids/swiftainer/web/pids.max  "
          + "# linux.resources.pids.limit: the most processes and threads",
      ])
  }
}

@Suite struct CgroupsUpdatePlanTests {
  @Test func onlyHierarchiesNotJoinedYetAreJoined() throws {
    let resources = LinuxResources(memory: LinuxMemory(limit: 100), pids: LinuxPids(limit: 5))
    let plan = try CgroupsCanned.update(resources, hybrid, CgroupCurrent(joined: ["/sys/fs/cgroup/memory"]))
    #expect(plan.legacy.map(\.leaf) == ["/sys/fs/cgroup/pids/swiftainer/web"])
    #expect(CgroupsCanned.writes(plan) == ["memory.limit_in_bytes=100", "pids.max=5"])
  }

  @Test func anUpdateWithoutDevicesKeepsTheFilter() throws {
    #expect(try CgroupsCanned.update(LinuxResources(pids: LinuxPids(limit: 5)), unified).devices == nil)
  }
}
@Suite struct CgroupsUnifiedTests {
  @Test func anyFileByName() throws {
    let resources = LinuxResources(
      memory: LinuxMemory(limit: 1000),
      unified: [
        "memory.max": "2000", "io.max": "259:0 rbps=1\n253:0 wiops=2", "hugetlb.1GB.max": "0",
        "cpuset.cpus": "",
        "cgroup.max.depth": "1",
      ])
    let plan = try CgroupsCanned.lower(resources, unified)
    // After the converted ones, so that the name wins.
    #expect(
      CgroupsCanned.writes(plan) == [
        "memory.max=1000", "cgroup.max.depth=1", "cpuset.cpus=\n", "hugetlb.1GB.max=0", "io.max=259:0 rbps=1",
        "io.max=253:0 wiops=2", "memory.max=2000",
      ])
    #expect(plan.required.map(\.controller) == [.memory, .cpuset, .hugetlb, .io])
  }

  @Test(arguments: [
    ("memory.high", "the memory controller is bound to cgroup v1 here (/sys/fs/cgroup/memory)"),
    ("misc.max", "cgroup v2 has no misc controller here"),
    ("memory", "is not the name of a cgroup v2 file, as `memory.high`"),
    (".max", "is not the name of a cgroup v2 file, as `memory.high`"),
    ("memory.", "is not the name of a cgroup v2 file, as `memory.high`"),
    ("hugetlb./../../x", "is not the name of a cgroup v2 file, as `memory.high`"),
    ("cgroup.procs", "is not a limit: the runtime itself uses this file"),
    ("cgroup.kill", "is not a limit: the runtime itself uses this file"),
  ])
  func refusals(key: String, reason: String) {
    #expect(
      CgroupsCanned.failure(LinuxResources(unified: [key: "1"]), hybrid)
        == "linux.resources.unified[\"\(key)\"]: \(reason)"
    )
  }
}

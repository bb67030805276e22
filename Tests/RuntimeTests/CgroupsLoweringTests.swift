import OCISpec
import Testing

@testable import Runtime

private let unified = CgroupsCanned.unified
private let hybrid = CgroupsCanned.hybrid
private let path = CgroupsCanned.path

private func writes(_ resources: LinuxResources, _ layout: CgroupLayout) throws -> [String] {
  CgroupsCanned.writes(try CgroupsCanned.lower(resources, layout))
}

private func failure(_ resources: LinuxResources, _ layout: CgroupLayout) -> String? {
  do {
    _ = try CgroupsCanned.lower(resources, layout)
    return nil
  } catch {
    return "\(error)"
  }
}

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
        "echo 0 > /sys/fs/cgroup/pids/swiftainer/web/tasks  # by the init itself, before its exec",
      ])
  }
}

@Suite struct CgroupsMemoryTests {
  @Test(arguments: [
    (LinuxMemory(limit: 100, swap: 300), ["memory.swap.max=200", "memory.max=100"]),
    (LinuxMemory(limit: 100, swap: 100), ["memory.swap.max=0", "memory.max=100"]),
    (LinuxMemory(limit: 100, swap: -1), ["memory.swap.max=max", "memory.max=100"]),
    (LinuxMemory(limit: -1), ["memory.swap.max=max", "memory.max=max"]),
    (LinuxMemory(limit: -1, swap: 50), ["memory.swap.max=50", "memory.max=max"]),
    (LinuxMemory(limit: 100, reservation: 50), ["memory.max=100", "memory.low=50"]),
    (LinuxMemory(limit: 0, reservation: 0, swap: 0), []),
    (LinuxMemory(limit: 100, kernel: -1, disableOOMKiller: false, useHierarchy: true), ["memory.max=100"]),
  ])
  func onCgroup2(memory: LinuxMemory, expected: [String]) throws {
    #expect(try writes(LinuxResources(memory: memory), unified) == expected)
  }

  @Test(arguments: [
    (LinuxMemory(limit: 100, swap: 300), ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=300"]),
    (LinuxMemory(limit: 100, swap: -1), ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=-1"]),
    (LinuxMemory(limit: -1), ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"]),
    (LinuxMemory(reservation: 50), ["memory.soft_limit_in_bytes=50"]),
    (
      LinuxMemory(kernel: 10, kernelTCP: 20, swappiness: 0, disableOOMKiller: true),
      [
        "memory.kmem.limit_in_bytes=10", "memory.kmem.tcp.limit_in_bytes=20", "memory.swappiness=0",
        "memory.oom_control=1",
      ]
    ),
  ])
  func onCgroup1(memory: LinuxMemory, expected: [String]) throws {
    #expect(try writes(LinuxResources(memory: memory), hybrid) == expected)
  }

  @Test func withoutSwapAccountingNoSwapAndAnySwapAreTheSame() throws {
    func absence(_ swap: Int64) throws -> CgroupWrite.Absence? {
      try CgroupsCanned.lower(LinuxResources(memory: LinuxMemory(limit: 100, swap: swap)), unified).writes
        .first { $0.field == "linux.resources.memory.swap" }?.ifAbsent
    }
    #expect(try absence(100) == .isFine)
    #expect(try absence(-1) == .isFine)
    #expect(try absence(101) == .fails)
  }

  @Test(arguments: [
    (LinuxMemory(kernel: 10), "linux.resources.memory.kernel: cgroup v2 has no such setting: "),
    (LinuxMemory(kernelTCP: 10), "linux.resources.memory.kernelTCP: cgroup v2 has no such setting: "),
    (LinuxMemory(swappiness: 0), "linux.resources.memory.swappiness: cgroup v2 has no such setting: "),
    (
      LinuxMemory(disableOOMKiller: true),
      "linux.resources.memory.disableOOMKiller: cgroup v2 has no such setting: "
    ),
    (LinuxMemory(swap: 10), "linux.resources.memory.swap: counts memory and swap together, "),
    (LinuxMemory(limit: 20, swap: 10), "linux.resources.memory.swap: must not be less than the memory limit"),
    (LinuxMemory(limit: -2), "linux.resources.memory.limit: -2 is neither a size in bytes nor -1"),
    (LinuxMemory(swappiness: 101), "linux.resources.memory.swappiness: 101 is not in 0...100"),
  ])
  func refusals(memory: LinuxMemory, text: String) {
    #expect(failure(LinuxResources(memory: memory), unified)?.hasPrefix(text) == true)
  }

  @Test func updateRaisesTheLargerLimitFirst() throws {
    let resources = LinuxResources(memory: LinuxMemory(limit: 200, swap: 400))
    func order(_ current: CgroupCurrent) throws -> [String] {
      CgroupsCanned.writes(try CgroupsCanned.update(resources, hybrid, current))
    }
    let limit = "memory.limit_in_bytes=200"
    let both = "memory.memsw.limit_in_bytes=400"
    #expect(try order(CgroupCurrent(memoryLimit: 100, memorySwapLimit: 150)) == [both, limit])
    #expect(try order(CgroupCurrent(memoryLimit: 800, memorySwapLimit: 900)) == [limit, both])
    #expect(try order(CgroupCurrent(memoryLimit: -1, memorySwapLimit: -1)) == [limit, both])
  }

  @Test func updateOfSwapAloneCountsFromTheLimitInForce() throws {
    let resources = LinuxResources(memory: LinuxMemory(swap: 300))
    let plan = try CgroupsCanned.update(resources, unified, CgroupCurrent(memoryLimit: 100))
    #expect(CgroupsCanned.writes(plan) == ["memory.swap.max=200"])
    #expect(throws: Failure.self) {
      try CgroupsCanned.update(resources, unified, CgroupCurrent(memoryLimit: 301))
    }
  }

  @Test func checkBeforeUpdateIsForUpdatesOnly() throws {
    let resources = LinuxResources(memory: LinuxMemory(limit: 100, swap: 300, checkBeforeUpdate: true))
    #expect(try CgroupsCanned.lower(resources, unified).checks.isEmpty)
    let folder = "/sys/fs/cgroup/swiftainer/web/memory."
    #expect(
      try CgroupsCanned.update(resources, unified).checks == [
        CgroupCheck(
          usage: [folder + "current", folder + "swap.current"], below: 300,
          field: "linux.resources.memory.swap"),
        CgroupCheck(usage: [folder + "current"], below: 100, field: "linux.resources.memory.limit"),
      ])
  }

  @Test func theOOMKillerIsOnlySwitchedOnAgainWhereItMayBeOff() throws {
    let resources = LinuxResources(memory: LinuxMemory(disableOOMKiller: false))
    #expect(try CgroupsCanned.update(resources, hybrid).legacy.isEmpty)
    let plan = try CgroupsCanned.update(resources, hybrid, CgroupCurrent(joined: ["/sys/fs/cgroup/memory"]))
    #expect(CgroupsCanned.writes(plan) == ["memory.oom_control=0"])
  }
}

@Suite struct CgroupsCPUTests {
  @Test(
    arguments: [
      (1, 1), (2, 1), (1023, 100), (1024, 100), (1025, 101), (512, 59), (102, 17), (262_143, 10_000),
      (262_144, 10_000), (9_999_999, 10_000),
    ] as [(UInt64, UInt64)])
  func sharesAsWeight(shares: UInt64, weight: UInt64) {
    #expect(CgroupLowering.weight(ofShares: shares) == weight)
  }

  @Test func weightsRiseWithShares() {
    let weights = (1...262_144).map { CgroupLowering.weight(ofShares: UInt64($0)) }
    #expect(zip(weights, weights.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(Set(weights).isSubset(of: Set(1...10_000)))
  }

  @Test(arguments: [
    (LinuxCPU(shares: 1024), ["cpu.weight=100"]),
    (LinuxCPU(quota: 50_000, period: 100_000), ["cpu.max=50000 100000"]),
    (LinuxCPU(quota: 50_000), ["cpu.max=50000"]),
    (LinuxCPU(quota: -1, period: 20_000), ["cpu.max=max 20000"]),
    (LinuxCPU(period: 20_000), ["cpu.max=max 20000"]),
    (LinuxCPU(quota: 50_000, burst: 10_000), ["cpu.max=50000", "cpu.max.burst=10000"]),
    (LinuxCPU(shares: 2, idle: 1), ["cpu.weight=1", "cpu.idle=1"]),
    (LinuxCPU(shares: 2, idle: 0), ["cpu.idle=0", "cpu.weight=1"]),
    (LinuxCPU(cpus: "0-1", mems: "0"), ["cpuset.cpus=0-1", "cpuset.mems=0"]),
    (LinuxCPU(shares: 0, quota: 0, period: 0, realtimeRuntime: 0, cpus: "", mems: ""), []),
  ])
  func onCgroup2(cpu: LinuxCPU, expected: [String]) throws {
    #expect(try writes(LinuxResources(cpu: cpu), unified) == expected)
  }

  @Test(arguments: [
    (
      LinuxCPU(shares: 1024, quota: 50_000, burst: 1000, period: 100_000),
      ["cpu.shares=1024", "cpu.cfs_period_us=100000", "cpu.cfs_quota_us=50000", "cpu.cfs_burst_us=1000"]
    ),
    (LinuxCPU(quota: -1), ["cpu.cfs_quota_us=-1"]),
    (
      LinuxCPU(realtimeRuntime: 950, realtimePeriod: 1000),
      ["cpu.rt_period_us=1000", "cpu.rt_runtime_us=950"]
    ),
    (LinuxCPU(idle: 1), ["cpu.idle=1"]),
    (LinuxCPU(cpus: "1"), ["cpuset.cpus=1"]),
  ])
  func onCgroup1(cpu: LinuxCPU, expected: [String]) throws {
    #expect(try writes(LinuxResources(cpu: cpu), hybrid) == expected)
  }

  @Test(arguments: [
    (
      LinuxCPU(realtimeRuntime: 950), unified,
      "linux.resources.cpu.realtimeRuntime: cgroup v2 has no realtime limits"
    ),
    (LinuxCPU(idle: 2), unified, "linux.resources.cpu.idle: 2 is neither 0 nor 1"),
    (LinuxCPU(quota: 5, burst: 6), unified, "linux.resources.cpu.burst: must not be larger than cpu.quota"),
    (LinuxCPU(shares: 1), hybrid, "linux.resources.cpu.shares: 1 is not in 2...262144"),
  ])
  func refusals(cpu: LinuxCPU, layout: CgroupLayout, text: String) {
    #expect(failure(LinuxResources(cpu: cpu), layout) == text)
  }

  @Test func updatesKeepWhatIsNotAskedFor() throws {
    let current = CgroupCurrent(cpuQuota: 30_000, cpuPeriod: 50_000)
    func update(_ cpu: LinuxCPU, _ layout: CgroupLayout, _ current: CgroupCurrent) throws -> [String] {
      CgroupsCanned.writes(try CgroupsCanned.update(LinuxResources(cpu: cpu), layout, current))
    }
    #expect(try update(LinuxCPU(period: 20_000), unified, current) == ["cpu.max=30000 20000"])
    #expect(try update(LinuxCPU(quota: 10_000), unified, current) == ["cpu.max=10000 50000"])
  }

  @Test func updatesNeverPassThroughALargerRatio() throws {
    func update(_ cpu: LinuxCPU, _ current: CgroupCurrent) throws -> [String] {
      CgroupsCanned.writes(try CgroupsCanned.update(LinuxResources(cpu: cpu), hybrid, current))
    }
    let wide = CgroupCurrent(cpuQuota: 50_000, cpuPeriod: 100_000, cpuBurst: 5000)
    #expect(
      try update(LinuxCPU(quota: 5000, period: 10_000), wide) == [
        "cpu.cfs_quota_us=5000", "cpu.cfs_period_us=10000",
      ])
    #expect(
      try update(LinuxCPU(quota: 500_000, period: 1_000_000), wide)
        == ["cpu.cfs_period_us=1000000", "cpu.cfs_quota_us=500000"])
    #expect(
      try update(LinuxCPU(quota: 2000, burst: 1000), wide) == [
        "cpu.cfs_burst_us=1000", "cpu.cfs_quota_us=2000",
      ])
    #expect(
      try update(LinuxCPU(quota: 90_000, burst: 80_000), wide)
        == ["cpu.cfs_quota_us=90000", "cpu.cfs_burst_us=80000"])
  }
}

@Suite struct CgroupsOtherControllersTests {
  @Test(arguments: [(5, "5"), (0, "1"), (-1, "max")] as [(Int64, String)])
  func pids(limit: Int64, value: String) throws {
    for layout in [unified, hybrid] {
      #expect(try writes(LinuxResources(pids: LinuxPids(limit: limit)), layout) == ["pids.max=" + value])
    }
  }

  @Test func noPidsLimitIsNoWrite() throws {
    #expect(try writes(LinuxResources(pids: LinuxPids()), unified) == [])
    #expect(
      failure(LinuxResources(pids: LinuxPids(limit: -2)), unified)
        == "linux.resources.pids.limit: -2 is neither a number of tasks nor -1 (unlimited)")
  }

  @Test func blockIOOnCgroup2() throws {
    let blockIO = LinuxBlockIO(
      weight: 500, weightDevice: [LinuxWeightDevice(major: 8, minor: 0, weight: 10)],
      throttleReadBpsDevice: [LinuxThrottleDevice(major: 8, minor: 0, rate: 600)],
      throttleWriteBpsDevice: [LinuxThrottleDevice(major: 8, minor: 0, rate: 0)],
      throttleReadIOPSDevice: [LinuxThrottleDevice(major: 8, minor: 16, rate: 7)],
      throttleWriteIOPSDevice: [LinuxThrottleDevice(major: 8, minor: 16, rate: 8)])
    let plan = try CgroupsCanned.lower(LinuxResources(blockIO: blockIO), unified)
    #expect(
      CgroupsCanned.writes(plan) == [
        "io.bfq.weight=500", "io.bfq.weight=8:0 10", "io.max=8:0 rbps=600", "io.max=8:0 wbps=max",
        "io.max=8:16 riops=7", "io.max=8:16 wiops=8",
      ])
    let folder = "/sys/fs/cgroup/swiftainer/web"
    #expect(plan.writes[0].ifAbsent == .instead(file: folder + "/io.weight", value: "default 4950"))
    #expect(plan.writes[1].ifAbsent == .instead(file: folder + "/io.weight", value: "8:0 1"))
    #expect(plan.writes[2].field == "linux.resources.blockIO.throttleReadBpsDevice[0]")
  }

  @Test func blockIOOnCgroup1() throws {
    let blockIO = LinuxBlockIO(
      weight: 500, leafWeight: 20,
      weightDevice: [LinuxWeightDevice(major: 8, minor: 0, weight: 10, leafWeight: 30)],
      throttleReadBpsDevice: [LinuxThrottleDevice(major: 8, minor: 0, rate: 600)],
      throttleWriteIOPSDevice: [LinuxThrottleDevice(major: 8, minor: 16, rate: 0)])
    let plan = try CgroupsCanned.lower(LinuxResources(blockIO: blockIO), hybrid)
    #expect(
      CgroupsCanned.writes(plan) == [
        "blkio.weight=500", "blkio.leaf_weight=20", "blkio.weight_device=8:0 10",
        "blkio.leaf_weight_device=8:0 30", "blkio.throttle.read_bps_device=8:0 600",
        "blkio.throttle.write_iops_device=8:16 0",
      ])
    #expect(
      plan.writes[0].ifAbsent
        == .instead(file: "/sys/fs/cgroup/blkio/swiftainer/web/blkio.bfq.weight", value: "500"))
  }

  @Test(arguments: [
    (LinuxBlockIO(weight: 9), "linux.resources.blockIO.weight: 9 is not in 10...1000"),
    (
      LinuxBlockIO(leafWeight: 10),
      "linux.resources.blockIO.leafWeight: cgroup v2 has no weight of a cgroup's own tasks"
    ),
    (
      LinuxBlockIO(weightDevice: [LinuxWeightDevice(major: 8, minor: 0)]),
      "linux.resources.blockIO.weightDevice[0]: must have a weight or a leafWeight"
    ),
    (
      LinuxBlockIO(throttleReadBpsDevice: [LinuxThrottleDevice(major: -1, minor: 0, rate: 1)]),
      "linux.resources.blockIO.throttleReadBpsDevice[0]: must have a major and a minor number"
    ),
  ])
  func blockIORefusals(blockIO: LinuxBlockIO, text: String) {
    #expect(failure(LinuxResources(blockIO: blockIO), unified) == text)
  }

  @Test func hugePages() throws {
    let resources = LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 4_194_304)])
    for layout in [unified, hybrid] {
      let plan = try CgroupsCanned.lower(resources, layout)
      #expect(CgroupsCanned.writes(plan) == ["hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304"])
      #expect(plan.writes.map(\.ifAbsent) == [.fails, .isFine])
    }
    var legacy = hybrid
    legacy.unifiedControllers = []
    legacy.legacy.append(CgroupsCanned.hierarchy("hugetlb", .hugetlb))
    #expect(
      try writes(resources, legacy)
        == ["hugetlb.2MB.limit_in_bytes=4194304", "hugetlb.2MB.rsvd.limit_in_bytes=4194304"])
  }

  @Test(arguments: ["", "2", "MB", "2MiB", "../2MB", "2mb", "2/B", "2TB"])
  func pageSizesAreFileNames(size: String) {
    #expect(
      failure(LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: size, limit: 1)]), unified)
        == "linux.resources.hugepageLimits[0].pageSize: `\(size)` is not like 64KB, 2MB or 1GB")
  }

  @Test func rdma() throws {
    let resources = LinuxResources(
      rdma: ["mlx5_1": LinuxRdma(hcaHandles: 3, hcaObjects: 10), "mlx4_0": LinuxRdma(hcaObjects: 1000)])
    for layout in [unified, hybrid] {
      #expect(
        try writes(resources, layout)
          == ["rdma.max=mlx4_0 hca_object=1000", "rdma.max=mlx5_1 hca_handle=3 hca_object=10"])
    }
    #expect(
      failure(LinuxResources(rdma: ["a": LinuxRdma()]), unified)
        == "linux.resources.rdma.a: must have hcaHandles or hcaObjects")
    #expect(
      failure(LinuxResources(rdma: ["a b": LinuxRdma(hcaHandles: 1)]), unified)
        == "linux.resources.rdma: `a b` is no name of a device")
  }

  @Test func networkMarks() throws {
    let resources = LinuxResources(
      network: LinuxNetwork(
        classID: 1_048_577, priorities: [LinuxInterfacePriority(name: "eth0", priority: 5)]))
    #expect(try writes(resources, hybrid) == ["net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5"])
    let plan = try CgroupsCanned.lower(resources, hybrid)
    #expect(plan.legacy.map(\.mountPoint) == ["/sys/fs/cgroup/net_cls,net_prio"])
    #expect(
      failure(resources, unified)
        == "linux.resources.network.classID: this machine has no net_cls controller mounted, and cgroup v2 never "
        + "has it (mount it: mount -t cgroup -o net_cls net_cls /sys/fs/cgroup/net_cls)")
  }

  @Test func missingControllersAreErrorsThatNameTheField() {
    var none = unified
    none.unifiedControllers = []
    #expect(
      failure(LinuxResources(rdma: ["a": LinuxRdma(hcaHandles: 1)]), none)
        == "linux.resources.rdma: this machine has no rdma controller on cgroup v2")
    #expect(
      failure(LinuxResources(memory: LinuxMemory(reservation: 1)), none)
        == "linux.resources.memory.reservation: this machine has no memory controller on cgroup v2")
    var hybrid = hybrid
    hybrid.legacy = []
    #expect(
      failure(LinuxResources(blockIO: LinuxBlockIO(weight: 10)), hybrid)
        == "linux.resources.blockIO.weight: this machine has no io controller on cgroup v2 or v1")
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
      failure(LinuxResources(unified: [key: "1"]), hybrid) == "linux.resources.unified[\"\(key)\"]: \(reason)"
    )
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

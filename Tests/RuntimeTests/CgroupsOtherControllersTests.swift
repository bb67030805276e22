import OCISpec
import Testing

@testable import Runtime

private let unified = CgroupsCanned.unified
private let hybrid = CgroupsCanned.hybrid

@Suite struct CgroupsOtherControllersTests {
  @Test(arguments: [(5, "5"), (0, "1"), (-1, "max")] as [(Int64, String)])
  func pids(limit: Int64, value: String) throws {
    for layout in [unified, hybrid] {
      #expect(
        try CgroupsCanned.writes(LinuxResources(pids: LinuxPids(limit: limit)), layout) == [
          "pids.max=" + value
        ])
    }
  }

  @Test func noPidsLimitIsNoWrite() throws {
    #expect(try CgroupsCanned.writes(LinuxResources(pids: LinuxPids()), unified) == [])
    #expect(
      CgroupsCanned.failure(LinuxResources(pids: LinuxPids(limit: -2)), unified)
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
    #expect(CgroupsCanned.failure(LinuxResources(blockIO: blockIO), unified) == text)
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
      try CgroupsCanned.writes(resources, legacy)
        == ["hugetlb.2MB.limit_in_bytes=4194304", "hugetlb.2MB.rsvd.limit_in_bytes=4194304"])
  }

  @Test(arguments: ["", "2", "MB", "2MiB", "../2MB", "2mb", "2/B", "2TB"])
  func pageSizesAreFileNames(size: String) {
    #expect(
      CgroupsCanned.failure(
        LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: size, limit: 1)]), unified)
        == "linux.resources.hugepageLimits[0].pageSize: `\(size)` is not like 64KB, 2MB or 1GB")
  }

  @Test func rdma() throws {
    let resources = LinuxResources(
      rdma: ["mlx5_1": LinuxRdma(hcaHandles: 3, hcaObjects: 10), "mlx4_0": LinuxRdma(hcaObjects: 1000)])
    for layout in [unified, hybrid] {
      #expect(
        try CgroupsCanned.writes(resources, layout)
          == ["rdma.max=mlx4_0 hca_object=1000", "rdma.max=mlx5_1 hca_handle=3 hca_object=10"])
    }
    #expect(
      CgroupsCanned.failure(LinuxResources(rdma: ["a": LinuxRdma()]), unified)
        == "linux.resources.rdma.a: must have hcaHandles or hcaObjects")
    #expect(
      CgroupsCanned.failure(LinuxResources(rdma: ["a b": LinuxRdma(hcaHandles: 1)]), unified)
        == "linux.resources.rdma: `a b` is no name of a device")
  }

  @Test func networkMarks() throws {
    let resources = LinuxResources(
      network: LinuxNetwork(
        classID: 1_048_577, priorities: [LinuxInterfacePriority(name: "eth0", priority: 5)]))
    #expect(
      try CgroupsCanned.writes(resources, hybrid) == ["net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5"])
    let plan = try CgroupsCanned.lower(resources, hybrid)
    #expect(plan.legacy.map(\.mountPoint) == ["/sys/fs/cgroup/net_cls,net_prio"])
    #expect(
      CgroupsCanned.failure(resources, unified)
        == "linux.resources.network.classID: this machine has no net_cls controller mounted, and cgroup v2 never "
        + "has it (mount it: mount -t cgroup -o net_cls net_cls /sys/fs/cgroup/net_cls)")
  }

  @Test func missingControllersAreErrorsThatNameTheField() {
    var none = unified
    none.unifiedControllers = []
    #expect(
      CgroupsCanned.failure(LinuxResources(rdma: ["a": LinuxRdma(hcaHandles: 1)]), none)
        == "linux.resources.rdma: this machine has no rdma controller on cgroup v2")
    #expect(
      CgroupsCanned.failure(LinuxResources(memory: LinuxMemory(reservation: 1)), none)
        == "linux.resources.memory.reservation: this machine has no memory controller on cgroup v2")
    var hybrid = hybrid
    hybrid.legacy = []
    #expect(
      CgroupsCanned.failure(LinuxResources(blockIO: LinuxBlockIO(weight: 10)), hybrid)
        == "linux.resources.blockIO.weight: this machine has no io controller on cgroup v2 or v1")
  }
}

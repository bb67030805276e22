import OCISpec
import Testing

@testable import Runtime

private let unified = CgroupsCanned.unified
private let hybrid = CgroupsCanned.hybrid

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
    #expect(try CgroupsCanned.writes(LinuxResources(cpu: cpu), unified) == expected)
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
    #expect(try CgroupsCanned.writes(LinuxResources(cpu: cpu), hybrid) == expected)
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
    #expect(CgroupsCanned.failure(LinuxResources(cpu: cpu), layout) == text)
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

import OCISpec
import Testing

@testable import Runtime

private let unified = CgroupsCanned.unified
private let hybrid = CgroupsCanned.hybrid

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
    #expect(try CgroupsCanned.writes(LinuxResources(memory: memory), unified) == expected)
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
    #expect(try CgroupsCanned.writes(LinuxResources(memory: memory), hybrid) == expected)
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
    #expect(CgroupsCanned.failure(LinuxResources(memory: memory), unified)?.hasPrefix(text) == true)
  }

  @Test(arguments: [unified, hybrid]) func swappinessThatIsNotSet(layout: CgroupLayout) throws {
    #expect(try CgroupsCanned.writes(LinuxResources(memory: LinuxMemory(swappiness: .max)), layout) == [])
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

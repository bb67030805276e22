import Glibc
import OCISpec
import Testing

@testable import Runtime

/// Limits, as this machine's kernel takes them.
@Suite(.enabled(if: mayTouchCgroups), .serialized) struct CgroupsMachineTests {
  @Test func limitsAreInForce() throws {
    let scratch = try ScratchCgroup("limits")
    try scratch.create(
      LinuxResources(
        memory: LinuxMemory(limit: 64 << 20, reservation: 32 << 20, swap: 96 << 20),
        cpu: LinuxCPU(shares: 512, quota: 50_000, burst: 1000, period: 100_000, cpus: "0", mems: "0"),
        pids: LinuxPids(limit: 20), hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 4 << 20)]))
    let isLegacy = { scratch.layout.legacyHierarchy(of: $0) != nil }
    #expect(
      try scratch.file(.memory, isLegacy(.memory) ? "memory.limit_in_bytes" : "memory.max") == "67108864")
    #expect(
      try scratch.file(.memory, isLegacy(.memory) ? "memory.memsw.limit_in_bytes" : "memory.swap.max")
        == (isLegacy(.memory) ? "100663296" : "33554432"))
    #expect(
      try scratch.file(.cpu, isLegacy(.cpu) ? "cpu.shares" : "cpu.weight") == (isLegacy(.cpu) ? "512" : "59"))
    #expect(
      try scratch.file(.cpu, isLegacy(.cpu) ? "cpu.cfs_quota_us" : "cpu.max")
        == (isLegacy(.cpu) ? "50000" : "50000 100000"))
    #expect(try scratch.file(.cpuset, "cpuset.cpus") == "0")
    #expect(try scratch.file(.pids, "pids.max") == "20")
    #expect(try scratch.file(.hugetlb, "hugetlb.2MB.max") == "4194304")
    #expect(try scratch.file(.hugetlb, "hugetlb.2MB.rsvd.max") == "4194304")

    // The inner shell ends when it cannot fork any more.
    let child = try scratch.start(
      "grep Cpus_allowed_list /proc/self/status; (for i in $(seq 40); do sleep 60 <&- >&- 2>&- & done) 2>&1 | "
        + "grep -o fork; echo end; read line")
    var text = ""
    while !text.hasSuffix("end\n") { text += child.read() }
    #expect(text == "Cpus_allowed_list:\t0\nfork\nend\n")
    let membership = try CgroupMembership(of: child.pid)
    #expect(
      Set(try membership.legacyFolders(of: scratch.path, in: scratch.layout).map(\.leaf))
        == Set(scratch.cgroup.legacyFolders.map(\.leaf).filter { access($0, F_OK) == 0 }))

    // A quick look comes to the same.
    let quick = try CgroupLayout.detect(legacy: false)
    #expect(
      try membership.legacyFolders(of: scratch.path, in: quick)
        == membership.legacyFolders(of: scratch.path, in: scratch.layout))

    let stats = try scratch.cgroup.stats()
    #expect(stats.pids?.limit == 20)
    #expect(stats.memory?.limit == 64 << 20)
    #expect(stats.memory?.swapLimit == 32 << 20)
    #expect(stats.hugePages?["2MB"]?.limit == 4 << 20)
    #expect((stats.cpu?.usage ?? 0) > 0)
  }

  @Test func blockIOLimitsAreInForce() throws {
    // The first real disk, as `MAJOR:MINOR`; not every machine has one.
    let disks = try Cgroup.files(of: "/sys/block", prefix: "", suffix: "", type: DT_LNK)
    guard let disk = disks.first(where: { name in ["vd", "sd", "nvme"].contains { name.hasPrefix($0) } })
    else {
      return
    }
    let number = try CgroupFile.read("/sys/block/\(disk)/dev").prefix { $0 != "\n" }
    let parts = number.split(separator: ":").compactMap { Int64($0) }
    let device = LinuxThrottleDevice(major: parts[0], minor: parts[1], rate: 1_048_576)
    let scratch = try ScratchCgroup("blockio")
    try scratch.create(
      LinuxResources(
        blockIO: LinuxBlockIO(weight: 500, throttleReadBpsDevice: [device], throttleWriteIOPSDevice: [device])
      ))
    if scratch.layout.legacyHierarchy(of: .io) != nil {
      #expect(try scratch.file(.io, "blkio.throttle.read_bps_device") == "\(number) 1048576")
      #expect(try scratch.file(.io, "blkio.throttle.write_iops_device") == "\(number) 1048576")
      #expect(try scratch.file(.io, "blkio.bfq.weight") == "500")
    } else {
      #expect(try scratch.file(.io, "io.max") == "\(number) rbps=1048576 wbps=max riops=max wiops=1048576")
      let weights = try ["io.bfq.weight", "io.weight"].compactMap {
        try CgroupFile.readIfThere(scratch.cgroup.folder + "/" + $0)?.split(separator: "\n").first
      }
      #expect(weights.first == "default 500" || weights.first == "default 4950")
    }
    // 0 takes a limit away on both.
    try scratch.update(
      LinuxResources(
        blockIO: LinuxBlockIO(
          throttleReadBpsDevice: [LinuxThrottleDevice(major: parts[0], minor: parts[1], rate: 0)],
          throttleWriteIOPSDevice: [LinuxThrottleDevice(major: parts[0], minor: parts[1], rate: 0)])))
    let file = scratch.layout.legacyHierarchy(of: .io) == nil ? "io.max" : "blkio.throttle.read_bps_device"
    #expect(try scratch.file(.io, file) == "")
    let none = LinuxThrottleDevice(major: 4095, minor: 1, rate: 1)
    let error = #expect(throws: Failure.self) {
      try scratch.update(LinuxResources(blockIO: LinuxBlockIO(throttleReadBpsDevice: [none])))
    }
    #expect(
      error?.operation.hasPrefix("linux.resources.blockIO.throttleReadBpsDevice[0]: write 4095:1 ") == true)
    #expect(error?.errno == ENODEV)
  }

  @Test func filesByNameAreWritten() throws {
    let scratch = try ScratchCgroup("named")
    try scratch.create(LinuxResources(unified: ["cgroup.max.depth": "3", "hugetlb.2MB.max": "2097152"]))
    #expect(try CgroupFile.read(scratch.cgroup.folder + "/cgroup.max.depth") == "3\n")
    #expect(try scratch.file(.hugetlb, "hugetlb.2MB.max") == "2097152")
    let error = #expect(throws: Failure.self) {
      try scratch.create(LinuxResources(unified: ["hugetlb.3MB.max": "0"]))
    }
    #expect(
      error?.description
        == "linux.resources.unified[\"hugetlb.3MB.max\"]: write 0 to \(scratch.cgroup.folder)"
        + "/hugetlb.3MB.max: no such file or directory (this kernel does not have the file)")
  }

  @Test func outOfMemoryIsCounted() throws {
    let scratch = try ScratchCgroup("oom")
    try scratch.create(LinuxResources(memory: LinuxMemory(limit: 16 << 20, swap: 16 << 20)))
    #expect(try scratch.cgroup.oomKills() == 0)
    let child = try scratch.start("head -c 100000000 /dev/zero | tail -c 100000000 >/dev/null")
    #expect(child.wait() == 128 + SIGKILL)
    #expect(try scratch.cgroup.oomKills() == 1)
    #expect(try scratch.cgroup.stats().memory?.oomKills == 1)
  }

  @Test func aRefusedValueNamesFieldFileAndValueAndLeavesNothing() throws {
    let scratch = try ScratchCgroup("refused")
    let error = #expect(throws: Failure.self) {
      try scratch.create(
        LinuxResources(cpu: LinuxCPU(quota: 5), pids: LinuxPids(limit: 20)))
    }
    let isLegacy = scratch.layout.legacyHierarchy(of: .cpu) != nil
    let folder = scratch.layout.legacyHierarchy(of: .cpu)?.mountPoint ?? scratch.layout.unified
    #expect(
      error?.description == "linux.resources.cpu.quota: write 5 to \(folder)\(scratch.path)/"
        + (isLegacy ? "cpu.cfs_quota_us" : "cpu.max") + ": invalid argument")
    #expect(access(scratch.cgroup.folder, F_OK) != 0)
    for folder in scratch.cgroup.legacyFolders { #expect(access(folder.leaf, F_OK) != 0) }
  }

  @Test func anUpdateJoinsHierarchiesLazily() throws {
    let scratch = try ScratchCgroup("lazy")
    try scratch.create()
    let child = try scratch.start("sleep 60 & echo up; wait")
    #expect(child.read() == "up\n")
    try scratch.update(LinuxResources(pids: LinuxPids(limit: 30)))
    #expect(try scratch.file(.pids, "pids.max") == "30")
    #expect(try scratch.cgroup.stats().pids?.current == 2)
    try scratch.update(LinuxResources(pids: LinuxPids(limit: 40)))
    #expect(try scratch.file(.pids, "pids.max") == "40")
  }

  @Test func updatesWorkInBothDirections() throws {
    let scratch = try ScratchCgroup("resized")
    try scratch.create(
      LinuxResources(
        memory: LinuxMemory(limit: 64 << 20, swap: 64 << 20), cpu: LinuxCPU(quota: 50_000, burst: 5000)))
    for megabytes: Int64 in [128, 32] {
      try scratch.update(
        LinuxResources(
          memory: LinuxMemory(limit: megabytes << 20, swap: megabytes << 20),
          cpu: LinuxCPU(
            quota: megabytes * 1000, burst: UInt64(megabytes) * 1000, period: UInt64(megabytes) * 2000)))
      let current = try scratch.cgroup.current()
      #expect(current.memoryLimit == megabytes << 20)
      #expect(current.cpuQuota == megabytes * 1000)
      #expect(current.cpuPeriod == UInt64(megabytes) * 2000)
      #expect(current.cpuBurst == UInt64(megabytes) * 1000)
    }
    try scratch.update(LinuxResources(memory: LinuxMemory(limit: -1), cpu: LinuxCPU(quota: -1)))
    #expect(try scratch.cgroup.current().memoryLimit == -1)
    #expect(try scratch.cgroup.current().cpuQuota == -1)
  }

  @Test func checkBeforeUpdateRefusesWhatIsInUse() throws {
    let scratch = try ScratchCgroup("checked")
    try scratch.create(LinuxResources(memory: LinuxMemory(limit: 64 << 20)))
    let child = try scratch.start("head -c 20000000 /dev/zero | tail -c 20000000 | (echo up; exec sleep 60)")
    #expect(child.read() == "up\n")
    let error = #expect(throws: Failure.self) {
      try scratch.update(LinuxResources(memory: LinuxMemory(limit: 4096, checkBeforeUpdate: true)))
    }
    #expect(
      error?.description.hasPrefix("linux.resources.memory.limit: 4096 bytes are less than what is in use")
        == true)
    #expect(try scratch.cgroup.current().memoryLimit == 64 << 20)
  }

  @Test func aParentWithProcessesCannotHandOutControllers() throws {
    let scratch = try ScratchCgroup("busy/child")
    let parent = try ScratchCgroup("busy")
    guard scratch.layout.unifiedControllers.contains(.hugetlb) else { return }
    try parent.create()
    try parent.start("exec sleep 60")
    let error = #expect(throws: Failure.self) {
      try scratch.create(LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 0)]))
    }
    #expect(
      error?.description == "linux.resources.hugepageLimits[0]: enable the hugetlb controller in "
        + "\(parent.cgroup.folder): it has processes of its own, and such a cgroup cannot hand out controllers to its "
        + "children: device or resource busy")
  }
}

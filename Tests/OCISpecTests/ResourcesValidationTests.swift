import Testing

@testable import OCISpec

@Test("Limits", arguments: resourceCases)
func resourcesValidation(_ example: ValidationCase) { example.check() }

@Test func limitsOfUpdateHaveTheirOwnPath() {
  let resources = LinuxResources(pids: LinuxPids(limit: -2))
  #expect(
    errorText { try resources.validate(at: "resources") }
      == "resources.pids.limit: must be at least -1, not -2")
}

private let resourceCases: [ValidationCase] = [
  // What engines write for limits nobody asked for.
  .resources(nil) {
    $0.memory = LinuxMemory(limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, swappiness: .max)
    $0.cpu = LinuxCPU(
      shares: 0, quota: 0, burst: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: "")
    $0.pids = LinuxPids(limit: 0)
    $0.blockIO = LinuxBlockIO(weight: 0, leafWeight: 0)
  },
  .resources(nil) { $0.memory = LinuxMemory(limit: -1, reservation: -1, swap: -1) },
  .resources("linux.resources.memory.limit: must be at least -1, not -2") {
    $0.memory = LinuxMemory(limit: -2)
  },
  .resources("linux.resources.memory.reservation: must be at least -1, not -9223372036854775808") {
    $0.memory = LinuxMemory(reservation: .min)
  },
  .resources("linux.resources.memory.kernelTCP: must be at least -1, not -2") {
    $0.memory = LinuxMemory(kernelTCP: -2)
  },
  .resources(nil) { $0.memory = LinuxMemory(limit: 100, swap: 100) },
  .resources(
    "linux.resources.memory.swap: must not be less than the memory limit 100, as 99 is (it limits memory and swap together)"
  ) {
    $0.memory = LinuxMemory(limit: 100, swap: 99)
  },
  .resources("linux.resources.memory.swap: needs a memory limit (it limits memory and swap together)") {
    $0.memory = LinuxMemory(swap: 99)
  },
  .resources("linux.resources.memory.swap: needs a memory limit (it limits memory and swap together)") {
    $0.memory = LinuxMemory(limit: -1, swap: 99)
  },
  .resources(nil) { $0.memory = LinuxMemory(swappiness: 100) },
  .resources("linux.resources.memory.swappiness: must lie in 0...100, not 101") {
    $0.memory = LinuxMemory(swappiness: 101)
  },
  // CPU.
  .resources(nil) {
    $0.cpu = LinuxCPU(shares: 2, quota: -1, burst: 5, period: 1000, cpus: "0-3, 7", mems: "0\n")
  },
  .resources("linux.resources.cpu.shares: must lie in 2...262144, not 1") { $0.cpu = LinuxCPU(shares: 1) },
  .resources("linux.resources.cpu.shares: must lie in 2...262144, not 262145") {
    $0.cpu = LinuxCPU(shares: 262_145)
  },
  .resources("linux.resources.cpu.period: must lie in 1000...1000000 microseconds, not 999") {
    $0.cpu = LinuxCPU(period: 999)
  },
  .resources("linux.resources.cpu.period: must lie in 1000...1000000 microseconds, not 1000001") {
    $0.cpu = LinuxCPU(period: 1_000_001)
  },
  .resources("linux.resources.cpu.quota: must be at least 1000 microseconds, or -1, not 999") {
    $0.cpu = LinuxCPU(quota: 999)
  },
  .resources("linux.resources.cpu.quota: must be at least 1000 microseconds, or -1, not -2") {
    $0.cpu = LinuxCPU(quota: -2)
  },
  .resources(nil) { $0.cpu = LinuxCPU(quota: 1000, burst: 1000) },
  .resources("linux.resources.cpu.burst: must not exceed the quota 1000, as 1001 does") {
    $0.cpu = LinuxCPU(quota: 1000, burst: 1001)
  },
  .resources("linux.resources.cpu.realtimeRuntime: must be at least -1, not -2") {
    $0.cpu = LinuxCPU(realtimeRuntime: -2)
  },
  .resources("linux.resources.cpu.realtimeRuntime: must not exceed the realtime period 10, as 11 does") {
    $0.cpu = LinuxCPU(realtimeRuntime: 11, realtimePeriod: 10)
  },
  .resources("linux.resources.cpu.cpus: must be a list of numbers and ranges like '0-3,7', not '0-3-5'") {
    $0.cpu = LinuxCPU(cpus: "0-3-5")
  },
  .resources("linux.resources.cpu.mems: must be a list of numbers and ranges like '0-3,7', not '-1'") {
    $0.cpu = LinuxCPU(mems: "-1")
  },
  .resources("linux.resources.cpu.idle: must be 0 or 1, not 2") { $0.cpu = LinuxCPU(idle: 2) },
  .resources(nil) { $0.pids = LinuxPids(limit: -1) },
  .resources("linux.resources.pids.limit: must be at least -1, not -2") { $0.pids = LinuxPids(limit: -2) },
  // Block I/O.
  .resources("linux.resources.blockIO.weight: must lie in 10...1000, not 9") {
    $0.blockIO = LinuxBlockIO(weight: 9)
  },
  .resources("linux.resources.blockIO.leafWeight: must lie in 10...1000, not 1001") {
    $0.blockIO = LinuxBlockIO(leafWeight: 1001)
  },
  .resources("linux.resources.blockIO.weightDevice[0]: must have weight or leafWeight") {
    $0.blockIO = LinuxBlockIO(weightDevice: [LinuxWeightDevice(major: 8, minor: 0)])
  },
  .resources("linux.resources.blockIO.weightDevice[0].weight: must lie in 10...1000, not 1") {
    $0.blockIO = LinuxBlockIO(weightDevice: [LinuxWeightDevice(major: 8, minor: 0, weight: 1)])
  },
  .resources("linux.resources.blockIO.weightDevice[0].major: must lie in 0...4095, not -1") {
    $0.blockIO = LinuxBlockIO(weightDevice: [LinuxWeightDevice(major: -1, minor: 0, weight: 10)])
  },
  .resources("linux.resources.blockIO.throttleWriteIOPSDevice[0].minor: must lie in 0...1048575, not -1") {
    $0.blockIO = LinuxBlockIO(throttleWriteIOPSDevice: [LinuxThrottleDevice(major: 8, minor: -1, rate: 1)])
  },
  .resources("linux.resources.blockIO.throttleReadBpsDevice[0].major: must lie in 0...4095, not 4096") {
    $0.blockIO = LinuxBlockIO(throttleReadBpsDevice: [LinuxThrottleDevice(major: 4096, minor: 0, rate: 1)])
  },
  // Device rules.
  .resources(nil) {
    $0.devices = [
      LinuxDeviceCgroup(allow: false, access: "rwm"), LinuxDeviceCgroup(allow: true, type: "a"),
      LinuxDeviceCgroup(allow: true, type: "c", major: -1, minor: -1, access: "m"),
    ]
  },
  .resources("linux.resources.devices[0].type: must be a, c or b, not 'p'") {
    $0.devices = [LinuxDeviceCgroup(allow: true, type: "p")]
  },
  .resources("linux.resources.devices[1].major: must lie in 0...4095 or be -1 for all, not -2") {
    $0.devices = [LinuxDeviceCgroup(allow: true), LinuxDeviceCgroup(allow: true, major: -2)]
  },
  .resources("linux.resources.devices[0].access: must consist of r, w and m, unlike 'rx'") {
    $0.devices = [LinuxDeviceCgroup(allow: true, access: "rx")]
  },
  // Huge pages.
  .resources(nil) {
    $0.hugepageLimits = ["64KB", "2MB", "1GB"].map { LinuxHugepageLimit(pageSize: $0, limit: 0) }
  },
  .resources("linux.resources.hugepageLimits[0].pageSize: must be a size like 2MB or 1GB, not '../2MB'") {
    $0.hugepageLimits = [LinuxHugepageLimit(pageSize: "../2MB", limit: 1)]
  },
  .resources("linux.resources.hugepageLimits[0].pageSize: must be a size like 2MB or 1GB, not '2MB.max/../x'")
  {
    $0.hugepageLimits = [LinuxHugepageLimit(pageSize: "2MB.max/../x", limit: 1)]
  },
  .resources("linux.resources.hugepageLimits[0].pageSize: must be a size like 2MB or 1GB, not '2M'") {
    $0.hugepageLimits = [LinuxHugepageLimit(pageSize: "2M", limit: 1)]
  },
  .resources("linux.resources.hugepageLimits[0].pageSize: must be a size like 2MB or 1GB, not 'MB'") {
    $0.hugepageLimits = [LinuxHugepageLimit(pageSize: "MB", limit: 1)]
  },
  .resources("linux.resources.hugepageLimits[1].pageSize: 2MB appears twice") {
    $0.hugepageLimits = [
      LinuxHugepageLimit(pageSize: "2MB", limit: 1), LinuxHugepageLimit(pageSize: "2MB", limit: 2),
    ]
  },
  // Network, RDMA, files of cgroup v2.
  .resources("linux.resources.network.priorities[0].name: 'a b' is no valid name of a network device") {
    $0.network = LinuxNetwork(priorities: [LinuxInterfacePriority(name: "a b", priority: 1)])
  },
  .resources("linux.resources.rdma.mlx5_1: must have hcaHandles or hcaObjects") {
    $0.rdma = ["mlx5_1": LinuxRdma()]
  },
  .resources(#"linux.resources.rdma["a b"]: is no valid name of a device"#) {
    $0.rdma = ["a b": LinuxRdma(hcaHandles: 1)]
  },
  .resources(#"linux.resources.rdma[""]: is no valid name of a device"#) {
    $0.rdma = ["": LinuxRdma(hcaHandles: 1)]
  },
  .resources(nil) {
    $0.unified = ["memory.high": "max", "io.max": "8:0 rbps=1\n8:16 rbps=2", "cgroup.max.depth": "1"]
  },
  .resources(#"linux.resources.unified["../x.y"]: must be the name of a file like memory.high"#) {
    $0.unified = ["../x.y": "1"]
  },
  .resources("linux.resources.unified.memory: must be the name of a file like memory.high") {
    $0.unified = ["memory": "1"]
  },
  .resources(#"linux.resources.unified[".high"]: must be the name of a file like memory.high"#) {
    $0.unified = [".high": "1"]
  },
  .resources(#"linux.resources.unified["memory."]: must be the name of a file like memory.high"#) {
    $0.unified = ["memory.": "1"]
  },
  .resources(#"linux.resources.unified[".."]: must be the name of a file like memory.high"#) {
    $0.unified = ["..": "1"]
  },
  .resources(#"linux.resources.unified["cgroup.procs"]: belongs to the runtime"#) {
    $0.unified = ["cgroup.procs": "1"]
  },
  .resources(#"linux.resources.unified["cgroup.kill"]: belongs to the runtime"#) {
    $0.unified = ["cgroup.kill": "1"]
  },
  .resources(#"linux.resources.unified["memory.high"]: must not contain a NUL byte"#) {
    $0.unified = ["memory.high": "\u{0}"]
  },
]

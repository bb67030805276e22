import OCISpec
import Runtime

extension SpecBuilder {
  func limit(_ resources: inout LinuxResources) throws(Failure) {
    try limitMemory(&resources)
    limitProcessors(&resources)
    try limitBlockIO(&resources)
    if let pids = options.limits.pids { resources.pids = LinuxPids(limit: pids) }
  }

  private func limitMemory(_ resources: inout LinuxResources) throws(Failure) {
    let limits = options.limits
    var memory = resources.memory ?? LinuxMemory()
    // Docker's: with less, a process that reclaims its own pages all the time hardly ever gets to its end.
    if let limit = limits.memory, limit > 0, limit < 6 << 20 {
      throw Failure("--memory", reason: "minimum memory limit allowed is 6MB")
    }
    if limits.memory != nil || limits.memorySwap != nil {
      memory.limit = limits.memory ?? memory.limit
      // As with Docker: as much swap again as there is memory.
      memory.swap = limits.memorySwap ?? limits.memory.map { $0 &* 2 } ?? memory.swap
      if memory.limit == nil { throw Failure("--memory-swap", reason: "--memory must be given as well") }
      if let swap = memory.swap, swap != -1, let limit = memory.limit, swap < limit {
        throw Failure(
          "--memory-swap", reason: "it counts memory and swap: it must not be smaller than --memory")
      }
    }
    if let reservation = limits.memoryReservation {
      if let limit = memory.limit, limit > 0, reservation > limit {
        throw Failure("--memory-reservation", reason: "it must not be larger than --memory")
      }
      memory.reservation = reservation
    }
    if let swappiness = limits.memorySwappiness { memory.swappiness = swappiness }
    if limits.disablesOOMKiller { memory.disableOOMKiller = true }
    if memory != LinuxMemory() { resources.memory = memory }
  }

  private func limitProcessors(_ resources: inout LinuxResources) {
    let limits = options.limits
    var cpu = resources.cpu ?? LinuxCPU()
    if let nano = limits.nanoCPUs {
      cpu.period = 100_000
      cpu.quota = nano / 10_000
    }
    cpu.period = limits.cpuPeriod ?? cpu.period
    cpu.quota = limits.cpuQuota ?? cpu.quota
    cpu.shares = limits.cpuShares ?? cpu.shares
    cpu.cpus = limits.cpuset ?? cpu.cpus
    cpu.mems = limits.memoryNodes ?? cpu.mems
    if cpu != LinuxCPU() { resources.cpu = cpu }
  }

  private func limitBlockIO(_ resources: inout LinuxResources) throws(Failure) {
    let limits = options.limits
    var io = resources.blockIO ?? LinuxBlockIO()
    io.weight = limits.blockWeight ?? io.weight
    for device in limits.blockWeightDevices {
      let node = try HostDevices.block(device.path, flag: "--blkio-weight-device")
      io.weightDevice.append(
        LinuxWeightDevice(major: node.major, minor: node.minor, weight: UInt16(clamping: device.rate)))
    }
    io.throttleReadBpsDevice += try throttles(limits.readBytes, "--device-read-bps")
    io.throttleWriteBpsDevice += try throttles(limits.writeBytes, "--device-write-bps")
    io.throttleReadIOPSDevice += try throttles(limits.readOperations, "--device-read-iops")
    io.throttleWriteIOPSDevice += try throttles(limits.writeOperations, "--device-write-iops")
    if io != LinuxBlockIO() { resources.blockIO = io }
  }

  private func throttles(_ rates: [DeviceRate], _ flag: String) throws(Failure) -> [LinuxThrottleDevice] {
    try rates.map { rate throws(Failure) in
      let node = try HostDevices.block(rate.path, flag: flag)
      return LinuxThrottleDevice(major: node.major, minor: node.minor, rate: rate.rate)
    }
  }
}

import ArgumentParser
import Engine
import Runtime

/// How much of the machine the container may use.
struct LimitFlags: ParsableArguments {
  @Option(
    name: [.customShort("m", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("Memory: a number and b, k, m or g, as in 256m.", valueName: "size"))
  var memory: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Memory and swap together; -1: no limit. Else twice the memory.", valueName: "size"))
  var memorySwap: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Memory that it keeps when the machine runs short.", valueName: "size"))
  var memoryReservation: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How readily it is swapped out, 0 to 100; cgroup v1 only.", valueName: "percent"))
  var memorySwappiness: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Processor time: 1.5 is one and a half processors.", valueName: "number"))
  var cpus: String?
  @Option(
    name: [.customShort("c", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("The weight against others, else 1024.", valueName: "number"))
  var cpuShares: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Processor time in each period.", valueName: "microseconds"))
  var cpuQuota: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("That period.", valueName: "microseconds"))
  var cpuPeriod: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The processors to run on, as in 0-2,4.", valueName: "list"))
  var cpusetCpus: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The memory nodes to use, as in 0-1.", valueName: "list"))
  var cpusetMems: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The number of processes; -1: no limit.", valueName: "number")
  )
  var pidsLimit: String?

  func apply(to options: inout RunOptions) throws {
    options.limits.memory = try memory.map { try ByteSize.parse($0, flag: "--memory") }
    options.limits.memorySwap = try memorySwap.map {
      $0 == "-1" ? -1 : try ByteSize.parse($0, flag: "--memory-swap")
    }
    // As with Docker: nothing is said by it.
    if options.limits.memorySwap == 0 { options.limits.memorySwap = nil }
    options.limits.memoryReservation = try memoryReservation.map {
      try ByteSize.parse($0, flag: "--memory-reservation")
    }
    if memorySwappiness != "-1" {
      options.limits.memorySwappiness = try number(memorySwappiness, "--memory-swappiness", 0...100)
    }
    try applyProcessors(to: &options.limits)
    options.limits.pids = try pidsLimit.map { text throws(Failure) in
      guard let number = Int64(text), number >= -1 else {
        throw Failure("--pids-limit", text, reason: "not a number of processes", hint: "-1: no limit")
      }
      // As with Docker; in a configuration it means that there may be none.
      return number == 0 ? -1 : number
    }
  }

  private func applyProcessors(to limits: inout ResourceLimits) throws {
    if let cpus {
      guard let number = Double(cpus), number > 0, number <= 8192 else {
        throw Failure("--cpus", cpus, reason: "not a positive number of processors", hint: "as in 1.5")
      }
      // The kernel takes no quota below a millisecond of the period's 100.
      if number < 0.01 { throw Failure("--cpus", cpus, reason: "at least 0.01 of a processor is needed") }
      limits.nanoCPUs = Int64((number * 1e9).rounded())
    }
    limits.cpuShares = try number(cpuShares, "--cpu-shares", 0...262_144)
    if let cpuQuota {
      guard let quota = Int64(cpuQuota), quota == -1 || quota == 0 || quota >= 1000 else {
        throw Failure(
          "--cpu-quota", cpuQuota, reason: "not a number of microseconds from 1000 on", hint: "-1: no limit")
      }
      limits.cpuQuota = quota
    }
    if cpuPeriod != "0" { limits.cpuPeriod = try number(cpuPeriod, "--cpu-period", 1000...1_000_000) }
    limits.cpuset = try filled(cpusetCpus, "--cpuset-cpus")
    limits.memoryNodes = try filled(cpusetMems, "--cpuset-mems")
  }
}

/// Limits that few people want.
struct FinerLimitFlags: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A limit of each process: NAME=SOFT[:HARD], as in nofile=1024.", valueName: "limit"))
  var ulimit: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Whom the kernel ends first, -1000 to 1000.", valueName: "number"))
  var oomScoreAdj: String?
  @Flag(help: "Let the kernel end nothing when memory is short; cgroup v1 only.") var oomKillDisable = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The weight of block I/O, 10 to 1000.", valueName: "number"))
  var blkioWeight: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("The same for one device: DEVICE:WEIGHT.", valueName: "weight"))
  var blkioWeightDevice: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Bytes read a second: DEVICE:SIZE, as in /dev/sda:1mb.", valueName: "rate"))
  var deviceReadBps: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Bytes written a second: DEVICE:SIZE.", valueName: "rate"))
  var deviceWriteBps: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Reads a second: DEVICE:NUMBER.", valueName: "rate"))
  var deviceReadIops: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Writes a second: DEVICE:NUMBER.", valueName: "rate"))
  var deviceWriteIops: [String] = []
  // No kernel that is supported has it any more.
  @Option(parsing: .unconditional, help: .private) var kernelMemory: String?

  func apply(to options: inout RunOptions) throws {
    if let kernelMemory {
      throw Failure(
        "--kernel-memory", kernelMemory, reason: "not supported",
        hint: "the kernel's memory counts towards --memory")
    }
    for text in ulimit {
      let limit = try Ulimit(text)
      options.limits.ulimits.removeAll { $0.name == limit.name }
      options.limits.ulimits.append(limit)
    }
    options.limits.oomScoreAdjustment = try number(oomScoreAdj, "--oom-score-adj", -1000...1000)
    options.limits.disablesOOMKiller = oomKillDisable
    if blkioWeight != "0" {
      options.limits.blockWeight = try number(blkioWeight, "--blkio-weight", 10...1000)
    }
    options.limits.blockWeightDevices = try blkioWeightDevice.map { try DeviceRate(weight: $0) }
    options.limits.readBytes = try rates(deviceReadBps, "--device-read-bps", isSize: true)
    options.limits.writeBytes = try rates(deviceWriteBps, "--device-write-bps", isSize: true)
    options.limits.readOperations = try rates(deviceReadIops, "--device-read-iops", isSize: false)
    options.limits.writeOperations = try rates(deviceWriteIops, "--device-write-iops", isSize: false)
  }

  private func rates(_ texts: [String], _ flag: String, isSize: Bool) throws -> [DeviceRate] {
    try texts.map { try DeviceRate($0, flag: flag, isSize: isSize) }
  }
}

import Glibc
import OCISpec
import Runtime

extension Command {
  static let update = Command(
    name: "update", arguments: "ID", summary: "change the limits of a live container",
    flags: [
      Flag("resources", short: "r", value: "FILE", "limits as JSON, from a file or - (standard input)"),
      Flag("blkio-weight", value: "WEIGHT", "block I/O against others (10 to 1000)"),
      Flag("cpu-period", value: "MICROSECONDS", "the period of the CPU quota"),
      Flag("cpu-quota", value: "MICROSECONDS", "CPU time per period; -1 is unlimited"),
      Flag("cpu-burst", value: "MICROSECONDS", "CPU time that may be saved up"),
      Flag("cpu-share", value: "SHARES", "CPU time against others (2 to 262144)"),
      Flag("cpu-rt-period", value: "MICROSECONDS", "the period of realtime CPU time"),
      Flag("cpu-rt-runtime", value: "MICROSECONDS", "realtime CPU time per period"),
      Flag("cpu-idle", value: "0|1", "1 gives it only idle CPU time"),
      Flag("cpuset-cpus", value: "LIST", "the CPUs it may run on, as 0-3,7"),
      Flag("cpuset-mems", value: "LIST", "the memory nodes it may use"),
      Flag("memory", value: "BYTES", "memory, with b, k, m, g or without; -1 is unlimited"),
      Flag("memory-reservation", value: "BYTES", "memory that is left to it when others want some"),
      Flag("memory-swap", value: "BYTES", "memory and swap together; -1 is unlimited"),
      Flag("pids-limit", value: "N", "processes and threads; -1 is unlimited"),
    ], count: 1...1
  ) { arguments, context in
    let container = try context.store.container(arguments.positional[0])
    try container.update(try UpdateFlags.resources(arguments))
    return 0
  }
}

/// Limits from a file and from flags, which win over it.
enum UpdateFlags {
  static func resources(_ arguments: Arguments) throws -> LinuxResources {
    var resources = LinuxResources()
    if let file = arguments["resources"] {
      let bytes = file == "-" ? try Files.read(STDIN_FILENO, "standard input") : try Files.read(file)
      resources = try SpecDecoder.decodeResources(bytes, name: file == "-" ? "standard input" : file)
    }
    var cpu = resources.cpu ?? LinuxCPU()
    set(&cpu.period, try arguments.number("cpu-period", in: 0...UInt64.max))
    set(&cpu.quota, try arguments.number("cpu-quota", in: -1...Int64.max))
    set(&cpu.burst, try arguments.number("cpu-burst", in: 0...UInt64.max))
    set(&cpu.shares, try arguments.number("cpu-share", in: 0...UInt64.max))
    set(&cpu.realtimePeriod, try arguments.number("cpu-rt-period", in: 0...UInt64.max))
    set(&cpu.realtimeRuntime, try arguments.number("cpu-rt-runtime", in: -1...Int64.max))
    set(&cpu.idle, try arguments.number("cpu-idle", in: 0...1))
    set(&cpu.cpus, arguments["cpuset-cpus"])
    set(&cpu.mems, arguments["cpuset-mems"])
    if cpu != LinuxCPU() { resources.cpu = cpu }

    var memory = resources.memory ?? LinuxMemory()
    set(&memory.limit, try bytes(arguments, "memory"))
    set(&memory.reservation, try bytes(arguments, "memory-reservation"))
    set(&memory.swap, try bytes(arguments, "memory-swap"))
    if memory != LinuxMemory() { resources.memory = memory }

    if let limit = try arguments.number("pids-limit", in: -1...Int64.max) {
      resources.pids = LinuxPids(limit: limit)
    }
    if let weight = try arguments.number("blkio-weight", in: 10...UInt16(1000)) {
      var blockIO = resources.blockIO ?? LinuxBlockIO()
      blockIO.weight = weight
      resources.blockIO = blockIO
    }
    return resources
  }

  private static func set<Value>(_ member: inout Value?, _ value: Value?) {
    if let value { member = value }
  }

  private static func bytes(_ arguments: Arguments, _ name: String) throws -> Int64? {
    guard let text = arguments[name] else { return nil }
    if text == "-1" { return -1 }
    guard let bytes = ByteSize.parse(text) else {
      throw UsageError("--\(name) \(text): neither a size, as 512m or 1073741824, nor -1 (unlimited)")
    }
    return bytes
  }
}

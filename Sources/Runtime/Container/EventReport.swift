import OCISpec

/// One line of `events`, with the names and units of runc's. What is not known is left out, which Go reads as 0.
/// Source: types/events.go of runc.
public struct EventReport: JSONWritable, Sendable {
  let id: String
  let event: ContainerEvent

  public init(id: String, _ event: ContainerEvent) {
    self.id = id
    self.event = event
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch event {
      case .outOfMemory:
        writer.member("type", "oom")
        writer.member("id", id)
      case .stats(let stats):
        writer.member("type", "stats")
        writer.member("id", id)
        writer.name("data")
        Self.write(stats, to: &writer)
      }
    }
  }

  private static func write(_ stats: CgroupStats, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.name("cpu")
      writer.object { writer in
        if let cpu = stats.cpu { write(cpu, to: &writer) }
        writer.member("psi", stats.cpuPressure)
      }
      writer.name("memory")
      writer.object { writer in
        if let memory = stats.memory { write(memory, to: &writer) }
        writer.member("psi", stats.memoryPressure)
      }
      writer.name("pids")
      writer.object { writer in
        writer.member("current", stats.pids?.current)
        writer.member("limit", stats.pids?.limit)
      }
      writer.name("blkio")
      writer.object { writer in
        if let devices = stats.blockIO { write(devices, to: &writer) }
        writer.member("psi", stats.ioPressure)
      }
      writer.name("hugetlb")
      writer.object { writer in
        for (size, pages) in (stats.hugePages ?? [:]).sorted(by: { $0.key < $1.key }) {
          writer.name(size)
          writer.object { writer in
            writer.member("usage", pages.usage)
            writer.member("failcnt", pages.failures)
          }
        }
      }
    }
  }

  private static func write(_ cpu: CgroupStats.CPU, to writer: inout JSONWriter) {
    writer.name("usage")
    writer.object { writer in
      // Nanoseconds here, microseconds there.
      writer.member("total", cpu.usage &* 1000)
      writer.member("kernel", cpu.system &* 1000)
      writer.member("user", cpu.user &* 1000)
    }
    guard let throttling = cpu.throttling else { return }
    writer.name("throttling")
    writer.object { writer in
      writer.member("periods", throttling.periods)
      writer.member("throttledPeriods", throttling.throttledPeriods)
      writer.member("throttledTime", throttling.throttledTime &* 1000)
    }
  }

  private static func write(_ memory: CgroupStats.Memory, to writer: inout JSONWriter) {
    writer.member("cache", memory.details["total_cache"] ?? memory.details["cache"] ?? memory.details["file"])
    writer.name("usage")
    writer.object { writer in
      writer.member("limit", memory.limit ?? .max)
      writer.member("usage", memory.usage)
      writer.member("max", memory.peak)
      writer.member("failcnt", memory.failures)
    }
    if let swap = memory.swapUsage {
      // As on cgroup v1, swap is memory and swap together.
      writer.name("swap")
      writer.object { writer in
        writer.member("limit", memory.limit.flatMap { limit in memory.swapLimit.map { $0 &+ limit } } ?? .max)
        writer.member("usage", swap &+ memory.usage)
      }
    }
    writer.name("raw")
    writer.object { writer in
      for (key, value) in memory.details.sorted(by: { $0.key < $1.key }) {
        writer.name(key)
        writer.integer(value)
      }
    }
    writer.name("event_count")
    writer.object { writer in writer.member("oom_kill", memory.oomKills) }
  }

  private static func write(_ devices: [CgroupStats.BlockDevice], to writer: inout JSONWriter) {
    typealias Operation = (name: String, value: KeyPath<CgroupStats.BlockDevice, UInt64>)
    func list(_ name: StaticString, _ operations: [Operation]) {
      writer.name(name)
      writer.array { writer in
        for device in devices {
          for operation in operations {
            writer.object { writer in
              writer.member("major", device.major)
              writer.member("minor", device.minor)
              writer.member("op", operation.name)
              writer.member("value", device[keyPath: operation.value])
            }
          }
        }
      }
    }
    if devices.isEmpty { return }
    list(
      "ioServiceBytesRecursive",
      [("Read", \.readBytes), ("Write", \.writtenBytes), ("Discard", \.discardedBytes)])
    list("ioServicedRecursive", [("Read", \.reads), ("Write", \.writes), ("Discard", \.discards)])
  }
}

extension CgroupStats.Pressure: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("some", some)
      writer.member("full", full)
    }
  }
}

extension CgroupStats.Pressure.Line: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.name("avg10")
      writer.double(average10)
      writer.name("avg60")
      writer.double(average60)
      writer.name("avg300")
      writer.double(average300)
      writer.member("total", total)
    }
  }
}

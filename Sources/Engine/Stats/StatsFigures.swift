import Runtime

/// The figures of a line of `stats`, worked out of two readings. All are 0 for a container that does not run.
public struct StatsFigures: Equatable, Sendable {
  /// Of one processor: 200 are two whole ones.
  public var processorPercent = 0.0
  /// In bytes: what cannot be dropped at once.
  public var memory: UInt64 = 0
  /// In bytes: the container's limit, or the machine's memory.
  public var memoryLimit: UInt64 = 0
  public var memoryPercent = 0.0
  /// In bytes.
  public var received: UInt64 = 0
  public var sent: UInt64 = 0
  public var read: UInt64 = 0
  public var written: UInt64 = 0
  /// Processes and threads.
  public var pids: UInt64 = 0

  public init() {}

  /// - Parameters:
  ///   - before: the reading before, with the machine's; nil where there is none.
  ///   - now: this reading, with the machine's.
  public init(before: (ContainerUsage, HostUsage)?, now: (ContainerUsage, HostUsage)) {
    let (usage, host) = now
    if let before {
      processorPercent = Self.percent(
        used: Self.difference(usage.cgroup.cpu?.usage, before.0.cgroup.cpu?.usage) &* 1000,
        of: Self.difference(host.processorTime, before.1.processorTime), processors: host.processors)
    }
    if let memory = usage.cgroup.memory {
      self.memory = memory.workingSet
      memoryLimit = min(memory.limit ?? .max, host.memory)
      if memoryLimit > 0 { memoryPercent = Double(self.memory) / Double(memoryLimit) * 100 }
    }
    for interface in usage.network {
      received &+= interface.receivedBytes
      sent &+= interface.sentBytes
    }
    for device in usage.cgroup.blockIO ?? [] {
      read &+= device.readBytes
      written &+= device.writtenBytes
    }
    pids = usage.cgroup.pids?.current ?? 0
  }

  /// The part of the machine's time, in percent of one processor.
  ///
  /// - Parameters:
  ///   - used: nanoseconds of processor time that the container had.
  ///   - all: nanoseconds that all processors had meanwhile, idle or not.
  static func percent(used: UInt64, of all: UInt64, processors: Int) -> Double {
    all > 0 ? Double(used) / Double(all) * Double(processors) * 100 : 0
  }

  /// A container that was started anew counts from nothing.
  private static func difference(_ now: UInt64?, _ before: UInt64?) -> UInt64 {
    guard let now, let before, now > before else { return 0 }
    return now - before
  }
}

import Glibc
import Runtime

/// What the machine has done and has, against which a container's use is measured.
public struct HostUsage: Equatable, Sendable {
  /// The time of all processors, busy and idle, in nanoseconds.
  public var processorTime: UInt64
  public var processors: Int
  /// In bytes.
  public var memory: UInt64

  public init(processorTime: UInt64, processors: Int, memory: UInt64) {
    self.processorTime = processorTime
    self.processors = processors
    self.memory = memory
  }

  public static func read() throws -> HostUsage {
    let (ticks, processors) = parse(stat: String(decoding: try Files.read("/proc/stat"), as: UTF8.self))
    let perSecond = UInt64(max(1, sysconf(CInt(_SC_CLK_TCK))))
    let memory = parse(memory: String(decoding: try Files.read("/proc/meminfo"), as: UTF8.self))
    return HostUsage(
      processorTime: ticks &* (1_000_000_000 / perSecond), processors: processors, memory: memory)
  }

  /// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq and softirq, in ticks; what guests were
  /// given is in the first two. The lines `cpuN` are the processors. Source: proc_stat(5).
  static func parse(stat text: String) -> (ticks: UInt64, processors: Int) {
    var ticks: UInt64 = 0
    var processors = 0
    for line in text.split(separator: "\n") where line.hasPrefix("cpu") {
      let words = line.split(separator: " ")
      if words[0] == "cpu" {
        ticks = words.dropFirst().prefix(7).reduce(0) { $0 &+ (UInt64($1) ?? 0) }
      } else if words[0].dropFirst(3).allSatisfy(\.isNumber) {
        processors += 1
      }
    }
    return (ticks, processors)
  }

  /// `MemTotal` of `/proc/meminfo`, in bytes.
  static func parse(memory text: String) -> UInt64 {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemTotal:") }) else { return 0 }
    return line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }.map { $0 &* 1024 } ?? 0
  }
}

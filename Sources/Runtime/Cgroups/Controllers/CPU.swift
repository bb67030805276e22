import Glibc
import OCISpec

extension CgroupLowering {
  /// CPU time. Sources: admin-guide/cgroup-v2.rst "CPU", scheduler/sched-bwc.rst, sched-rt-group.rst.
  mutating func lower(_ cpu: LinuxCPU) throws {
    let field = "linux.resources.cpu"
    let shares = cpu.shares.flatMap { $0 == 0 ? nil : $0 }
    let quota = cpu.quota.flatMap { $0 == 0 ? nil : $0 < 0 ? -1 : $0 }
    let period = cpu.period.flatMap { $0 == 0 ? nil : $0 }
    if let idle = cpu.idle, idle != 0, idle != 1 {
      throw Failure(field + ".idle", reason: "\(idle) is neither 0 nor 1")
    }
    if let burst = cpu.burst, let quota, quota > 0, burst > UInt64(quota) {
      throw Failure(field + ".burst", reason: "must not be larger than cpu.quota")
    }
    let asked: [(Bool, String)] = [
      (shares != nil, ".shares"), (quota != nil, ".quota"), (period != nil, ".period"),
      (cpu.burst != nil, ".burst"), (cpu.idle != nil, ".idle"),
    ]
    if let first = asked.first(where: { $0.0 }) {
      let folder: String
      switch try place(.cpu, for: field + first.1) {
      case .unified(let leaf):
        folder = leaf
        lowerIdle(cpu, folder) { lowering in
          if let shares { lowering.writeWeight(shares, folder) }
        }
        lowerBurst(cpu, folder, "cpu.max.burst") { lowering in
          lowering.writeMaximum(quota, period, folder)
        }
      case .legacy(let leaf):
        folder = leaf
        if let shares, !(2...262_144).contains(shares) {
          throw Failure(field + ".shares", reason: "\(shares) is not in 2...262144")
        }
        lowerIdle(cpu, folder) { lowering in
          if let shares {
            lowering.write(
              folder, "cpu.shares", String(shares), field + ".shares", "the weight against others")
          }
        }
        lowerBurst(cpu, folder, "cpu.cfs_burst_us") { lowering in
          lowering.writeQuota(quota, period, folder)
        }
      }
    }
    try lowerRealtime(cpu, field)
  }

  /// An idle cgroup has no weight: the kernel refuses one. So leaving idle comes first, entering it last.
  private mutating func lowerIdle(
    _ cpu: LinuxCPU, _ folder: String, weight: (inout CgroupLowering) -> Void
  ) {
    func writeIdle(_ idle: Int64, _ lowering: inout CgroupLowering) {
      lowering.write(
        folder, "cpu.idle", String(idle), "linux.resources.cpu.idle", "1 runs only when nobody else wants to",
        ifAbsent: idle == 0 ? .isFine : .fails)
    }
    if cpu.idle == 0 { writeIdle(0, &self) }
    weight(&self)
    if cpu.idle == 1 { writeIdle(1, &self) }
  }

  /// The kernel keeps burst <= quota at every moment: a smaller burst goes before the quota, a larger one after.
  private mutating func lowerBurst(
    _ cpu: LinuxCPU, _ folder: String, _ file: String, quota: (inout CgroupLowering) -> Void
  ) {
    func writeBurst(_ burst: UInt64, _ lowering: inout CgroupLowering) {
      lowering.write(
        folder, file, String(burst), "linux.resources.cpu.burst",
        "microseconds that may be saved up over periods", ifAbsent: burst == 0 ? .isFine : .fails)
    }
    let shrinks = cpu.burst.map { $0 < current?.cpuBurst ?? 0 } ?? false
    if shrinks, let burst = cpu.burst { writeBurst(burst, &self) }
    quota(&self)
    if !shrinks, let burst = cpu.burst { writeBurst(burst, &self) }
  }

  private mutating func writeWeight(_ shares: UInt64, _ folder: String) {
    write(
      folder, "cpu.weight", String(Self.weight(ofShares: shares)), "linux.resources.cpu.shares",
      "\(shares) of 2...262144 shares as a weight of 1...10000")
  }

  /// Shares (2...262144, default 1024) as a weight (1...10000, default 100): a curve through the three points
  /// (minimum, default, maximum), the one runc, crun and Kubernetes agreed on in 2025.
  static func weight(ofShares shares: UInt64) -> UInt64 {
    if shares <= 2 { return 1 }
    if shares >= 262_144 { return 10_000 }
    let exponent = log2(Double(shares))
    return UInt64(pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34).rounded(.up))
  }

  /// cgroup v2 has one file for both, in which the quota comes first and only the period may be left out.
  private mutating func writeMaximum(_ quota: Int64?, _ period: UInt64?, _ folder: String) {
    guard quota != nil || period != nil else { return }
    let runtime = quota ?? current?.cpuQuota ?? -1
    var value = runtime < 0 ? "max" : String(runtime)
    if let period = period ?? current?.cpuPeriod { value += " \(period)" }
    write(
      folder, "cpu.max", value, "linux.resources.cpu." + (quota != nil ? "quota" : "period"),
      "microseconds of run time, and in which period")
  }

  /// The kernel compares quota/period with the parent's at every write: the order is the one in which the ratio
  /// between the two writes is never larger than before or after both.
  private mutating func writeQuota(_ quota: Int64?, _ period: UInt64?, _ folder: String) {
    func writePeriod(_ lowering: inout CgroupLowering) {
      guard let period else { return }
      lowering.write(
        folder, "cpu.cfs_period_us", String(period), "linux.resources.cpu.period",
        "the period in microseconds")
    }
    let shrinks = period.map { $0 < current?.cpuPeriod ?? 0 } ?? false
    if !shrinks { writePeriod(&self) }
    if let quota {
      write(
        folder, "cpu.cfs_quota_us", String(quota), "linux.resources.cpu.quota",
        "microseconds of run time per period")
    }
    if shrinks { writePeriod(&self) }
  }

  private mutating func lowerRealtime(_ cpu: LinuxCPU, _ field: String) throws {
    let period = cpu.realtimePeriod.flatMap { $0 == 0 ? nil : $0 }
    let runtime = cpu.realtimeRuntime.flatMap { $0 == 0 ? nil : $0 }
    guard period != nil || runtime != nil else { return }
    let first = field + (runtime != nil ? ".realtimeRuntime" : ".realtimePeriod")
    guard case .legacy(let folder) = try place(.cpu, for: first) else {
      throw unsupported(first, "cgroup v2 has no realtime limits")
    }
    // The run time must fit into the period at every moment, and starts as 0.
    if let period {
      write(
        folder, "cpu.rt_period_us", String(period), field + ".realtimePeriod",
        "the realtime period in microseconds")
    }
    if let runtime {
      write(
        folder, "cpu.rt_runtime_us", String(runtime), field + ".realtimeRuntime",
        "realtime microseconds per period")
    }
  }
}

import Glibc

extension Cgroup {
  /// What is in force now: for `CgroupPlan.lowerUpdate`. What cannot be read, because the controller is not there,
  /// is nil.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func current() throws -> CgroupCurrent {
    let layout = try completed().layout
    var current = CgroupCurrent()
    current.joined = layout.legacy.map(\.mountPoint).filter { access($0 + path.text, F_OK) == 0 }
    if let memory = layout.legacyHierarchy(of: .memory) {
      let folder = memory.mountPoint + path.text
      current.memoryLimit = try limit(folder + "/memory.limit_in_bytes")
      current.memorySwapLimit = try limit(folder + "/memory.memsw.limit_in_bytes")
    } else {
      current.memoryLimit = try limit(folder + "/memory.max")
    }
    if let cpu = layout.legacyHierarchy(of: .cpu) {
      let folder = cpu.mountPoint + path.text
      current.cpuQuota = try limit(folder + "/cpu.cfs_quota_us")
      current.cpuPeriod = try number(folder + "/cpu.cfs_period_us")
      current.cpuBurst = try number(folder + "/cpu.cfs_burst_us")
    } else if let maximum = try CgroupFile.readIfThere(folder + "/cpu.max") {
      let parts = maximum.split { $0 == " " || $0 == "\n" }
      current.cpuQuota = parts.first.flatMap { $0 == "max" ? -1 : Int64($0) }
      current.cpuPeriod = parts.last.flatMap { UInt64($0) }
      current.cpuBurst = try number(folder + "/cpu.max.burst")
    }
    return current
  }

  private func number(_ file: String) throws -> UInt64? {
    try CgroupFile.readIfThere(file).flatMap { UInt64($0.prefix { $0 != "\n" }) }
  }

  /// -1 where there is no limit.
  private func limit(_ file: String) throws -> Int64? {
    try CgroupFile.readIfThere(file).map { CgroupFields.limit($0).map(Int64.init) ?? -1 }
  }
}

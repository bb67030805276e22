import Glibc

extension Cgroup {
  /// Reads what the container uses, from cgroup v2 and from the cgroup v1 hierarchies it is on.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func stats() throws -> CgroupStats {
    if !layout.isComplete { return try completed().stats() }
    var stats = CgroupStats()
    stats.cpu = try cpuStats()
    stats.memory = try memoryStats()
    stats.pids = try pidsStats()
    stats.blockIO = try blockStats()
    stats.hugePages = try hugePageStats()
    stats.cpuPressure = try read("cpu.pressure").flatMap(CgroupFields.pressure)
    stats.memoryPressure = try read("memory.pressure").flatMap(CgroupFields.pressure)
    stats.ioPressure = try read("io.pressure").flatMap(CgroupFields.pressure)
    return stats
  }

  /// How many of the container's processes were killed for want of memory; nil where nobody counts, because it
  /// is in no memory cgroup.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func oomKills() throws -> UInt64? {
    if !layout.isComplete { return try completed().oomKills() }
    if let folder = legacyFolder(.memory) {
      return try CgroupFile.readIfThere(folder + "/memory.oom_control")
        .flatMap { CgroupFields.flat($0)["oom_kill"] }
    }
    return try read("memory.events").flatMap { CgroupFields.flat($0)["oom_kill"] }
  }

  private func read(_ file: String) throws -> String? { try CgroupFile.readIfThere(folder + "/" + file) }

  /// The container's folder on the cgroup v1 hierarchy that has the controller, where there is such a hierarchy.
  private func legacyFolder(_ controller: CgroupController) -> String? {
    layout.legacyHierarchy(of: controller).map { $0.mountPoint + path.text }
  }

  /// The core of cgroup v2 counts CPU time in every cgroup; the controller, wherever it is, counts throttling.
  private func cpuStats() throws -> CgroupStats.CPU? {
    guard let text = try read("cpu.stat") else { return nil }
    let fields = CgroupFields.flat(text)
    var cpu = CgroupStats.CPU(
      usage: fields["usage_usec"] ?? 0, user: fields["user_usec"] ?? 0, system: fields["system_usec"] ?? 0)
    if let periods = fields["nr_periods"] {
      cpu.throttling = CgroupStats.Throttling(
        periods: periods, throttledPeriods: fields["nr_throttled"] ?? 0,
        throttledTime: fields["throttled_usec"] ?? 0)
    } else if let folder = legacyFolder(.cpu), let text = try CgroupFile.readIfThere(folder + "/cpu.stat") {
      let fields = CgroupFields.flat(text)
      cpu.throttling = CgroupStats.Throttling(
        periods: fields["nr_periods"] ?? 0, throttledPeriods: fields["nr_throttled"] ?? 0,
        throttledTime: (fields["throttled_time"] ?? 0) / 1000)  // cgroup v1 counts nanoseconds
    }
    return cpu
  }

  private func memoryStats() throws -> CgroupStats.Memory? {
    if let folder = legacyFolder(.memory) { return try legacyMemoryStats(folder) }
    guard let usage = try read("memory.current").flatMap(CgroupFields.limit) else { return nil }
    let events = try read("memory.events").map(CgroupFields.flat) ?? [:]
    return CgroupStats.Memory(
      usage: usage, peak: try read("memory.peak").flatMap(CgroupFields.limit),
      limit: try read("memory.max").flatMap(CgroupFields.limit),
      swapUsage: try read("memory.swap.current").flatMap(CgroupFields.limit),
      swapLimit: try read("memory.swap.max").flatMap(CgroupFields.limit), oomKills: events["oom_kill"] ?? 0,
      failures: events["max"] ?? 0, details: try read("memory.stat").map(CgroupFields.flat) ?? [:])
  }

  private func legacyMemoryStats(_ folder: String) throws -> CgroupStats.Memory? {
    func number(_ file: String) throws -> UInt64? {
      try CgroupFile.readIfThere(folder + "/" + file).flatMap(CgroupFields.limit)
    }
    guard let usage = try number("memory.usage_in_bytes") else { return nil }
    let limit = try number("memory.limit_in_bytes")
    // cgroup v1 counts memory and swap together.
    let both = try number("memory.memsw.usage_in_bytes")
    let bothLimit = try number("memory.memsw.limit_in_bytes")
    return CgroupStats.Memory(
      usage: usage, peak: try number("memory.max_usage_in_bytes"), limit: limit,
      swapUsage: both.map { $0 > usage ? $0 - usage : 0 },
      swapLimit: bothLimit.flatMap { both in limit.map { both > $0 ? both - $0 : 0 } },
      oomKills: try oomKills() ?? 0, failures: try number("memory.failcnt") ?? 0,
      details: try CgroupFile.readIfThere(folder + "/memory.stat").map(CgroupFields.flat) ?? [:])
  }

  private func pidsStats() throws -> CgroupStats.Pids? {
    let folder = legacyFolder(.pids) ?? folder
    guard let current = try CgroupFile.readIfThere(folder + "/pids.current").flatMap(CgroupFields.limit)
    else {
      return nil
    }
    return CgroupStats.Pids(
      current: current, limit: try CgroupFile.readIfThere(folder + "/pids.max").flatMap(CgroupFields.limit))
  }

  private func blockStats() throws -> [CgroupStats.BlockDevice]? {
    guard let folder = legacyFolder(.io) else { return try read("io.stat").map(CgroupFields.blockDevices) }
    guard let bytes = try CgroupFile.readIfThere(folder + "/blkio.throttle.io_service_bytes_recursive") else {
      return nil
    }
    let operations = try CgroupFile.readIfThere(folder + "/blkio.throttle.io_serviced_recursive")
    return CgroupFields.blockDevices(legacyBytes: bytes, legacyOperations: operations ?? "")
  }

  /// Page sizes are known from the names of the files.
  private func hugePageStats() throws -> [String: CgroupStats.HugePages]? {
    let legacy = legacyFolder(.hugetlb)
    let folder = legacy ?? folder
    let suffix = legacy == nil ? ".current" : ".usage_in_bytes"
    let sizes = try Self.files(of: folder, prefix: "hugetlb.", suffix: suffix).filter { !$0.contains(".") }
    if sizes.isEmpty { return nil }
    var pages: [String: CgroupStats.HugePages] = [:]
    for size in sizes {
      func read(_ file: String) throws -> String? {
        try CgroupFile.readIfThere(folder + "/hugetlb." + size + file)
      }
      pages[size] = CgroupStats.HugePages(
        usage: try read(suffix).flatMap(CgroupFields.limit) ?? 0,
        limit: try read(legacy == nil ? ".max" : ".limit_in_bytes").flatMap(CgroupFields.limit),
        failures: legacy == nil
          ? try read(".events").flatMap { CgroupFields.flat($0)["max"] } ?? 0
          : try read(".failcnt").flatMap(CgroupFields.limit) ?? 0)
    }
    return pages
  }
}

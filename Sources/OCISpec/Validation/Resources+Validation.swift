/// Zero stands for "not set" in memory and cpu limits: engines write it for limits nobody asked for, and the
/// kernel would refuse it or kill the container.
extension LinuxResources {
  /// Checks whether the limits make sense, as `update` needs it too.
  ///
  /// - Parameter path: The limits' JSON path.
  /// - Throws: `SpecError` with the path of the first thing that is wrong.
  public func validate(at path: String = "linux.resources") throws(SpecError) {
    for (index, rule) in devices.enumerated() { try rule.validate(at: "\(path).devices[\(index)]") }
    try memory?.validate(at: path + ".memory")
    try cpu?.validate(at: path + ".cpu")
    if let limit = pids?.limit {
      try require(limit >= -1, path + ".pids.limit", "must be at least -1, not \(limit)")
    }
    try blockIO?.validate(at: path + ".blockIO")
    try validateHugePages(at: path + ".hugepageLimits")
    for (index, entry) in (network?.priorities ?? []).enumerated() {
      try require(
        isInterfaceName(entry.name), "\(path).network.priorities[\(index)].name",
        "\(quoted(entry.name)) is no valid name of a network device")
    }
    for (device, limits) in rdma {
      try require(
        !device.isEmpty && device.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F },
        jsonPath(path + ".rdma", device),
        "is no valid name of a device")
      try require(
        limits.hcaHandles != nil || limits.hcaObjects != nil, jsonPath(path + ".rdma", device),
        "must have hcaHandles or hcaObjects")
    }
    try validateUnified(at: path + ".unified")
  }

  /// The page size becomes a part of a file's name, so its form is not left to the kernel.
  private func validateHugePages(at path: String) throws(SpecError) {
    var sizes: Set<String> = []
    for (index, limit) in hugepageLimits.enumerated() {
      let size = limit.pageSize.utf8
      let digits = size.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      try require(
        !digits.isEmpty && digits.first != UInt8(ascii: "0")
          && ["KB", "MB", "GB"].contains { size.dropFirst(digits.count).elementsEqual($0.utf8) },
        "\(path)[\(index)].pageSize", "must be a size like 2MB or 1GB, not \(quoted(limit.pageSize))")
      try require(
        sizes.insert(limit.pageSize).inserted, "\(path)[\(index)].pageSize",
        "\(limit.pageSize) appears twice")
    }
  }

  /// The files by which a runtime itself works on a cgroup.
  private static let ownFiles = [
    "cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "cgroup.type", "cgroup.freeze", "cgroup.kill",
  ]

  private func validateUnified(at path: String) throws(SpecError) {
    for (name, value) in unified {
      func at() -> String { jsonPath(path, name) }
      let dot = name.utf8.firstIndex(of: UInt8(ascii: "."))
      try require(
        dot.map { $0 != name.startIndex && name.utf8.index(after: $0) != name.endIndex } ?? false
          && !name.hasByte(UInt8(ascii: "/")) && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F },
        at(), "must be the name of a file like memory.high")
      try require(!Self.ownFiles.contains(name), at(), "belongs to the runtime")
      try checkText(value, at())
    }
  }
}

extension LinuxMemory {
  func validate(at path: String) throws(SpecError) {
    for (name, value) in [
      ("limit", limit), ("reservation", reservation), ("swap", swap), ("kernel", kernel),
      ("kernelTCP", kernelTCP),
    ] {
      try require(value ?? 0 >= -1, path + "." + name, "must be at least -1, not \(value ?? 0)")
    }
    if let swap, swap > 0 {
      let limit = limit ?? 0
      try require(
        limit > 0, path + ".swap", "needs a memory limit", hint: "it limits memory and swap together")
      try require(
        swap >= limit, path + ".swap", "must not be less than the memory limit \(limit), as \(swap) is",
        hint: "it limits memory and swap together")
    }
    // Engines write the largest number, once -1, for "not set".
    if let swappiness, swappiness != UInt64.max {
      try require(swappiness <= 100, path + ".swappiness", "must lie in 0...100, not \(swappiness)")
    }
  }
}

extension LinuxCPU {
  /// Source: Documentation/scheduler/sched-bwc.rst, sched-rt-group.rst and cgroup-v1/cpusets.rst.
  func validate(at path: String) throws(SpecError) {
    if let shares, shares != 0 {
      try require(2...262_144 ~= shares, path + ".shares", "must lie in 2...262144, not \(shares)")
    }
    if let period, period != 0 {
      try require(
        1000...1_000_000 ~= period, path + ".period", "must lie in 1000...1000000 microseconds, not \(period)"
      )
    }
    if let quota, quota != 0, quota != -1 {
      try require(quota >= 1000, path + ".quota", "must be at least 1000 microseconds, or -1, not \(quota)")
      let burst = burst ?? 0
      try require(
        burst <= UInt64(quota), path + ".burst", "must not exceed the quota \(quota), as \(burst) does")
    }
    if let realtimeRuntime {
      try require(
        realtimeRuntime >= -1, path + ".realtimeRuntime", "must be at least -1, not \(realtimeRuntime)")
      if let realtimePeriod, realtimePeriod != 0, realtimeRuntime > 0 {
        try require(
          UInt64(realtimeRuntime) <= realtimePeriod, path + ".realtimeRuntime",
          "must not exceed the realtime period \(realtimePeriod), as \(realtimeRuntime) does")
      }
    }
    try checkNumberList(cpus, path + ".cpus")
    try checkNumberList(mems, path + ".mems")
    if let idle { try require(0...1 ~= idle, path + ".idle", "must be 0 or 1, not \(idle)") }
  }
}

import OCISpec

extension CgroupLowering {
  /// Memory and swap. Sources: admin-guide/cgroup-v2.rst "Memory", admin-guide/cgroup-v1/memory.rst.
  mutating func lower(_ memory: LinuxMemory) throws {
    let field = "linux.resources.memory"
    let limit = try asked(memory.limit, field + ".limit")
    let swap = try asked(memory.swap, field + ".swap")
    let reservation = try asked(memory.reservation, field + ".reservation")
    if let swap, swap > 0 {
      guard let memory = limit ?? current?.memoryLimit else {
        throw Failure(field + ".swap", reason: "counts memory and swap together, so it needs memory.limit")
      }
      if swap < memory {
        throw Failure(
          field + ".swap", reason: "must not be less than the memory limit of \(memory) bytes: it counts both"
        )
      }
    }
    if limit != nil || swap != nil || reservation != nil {
      let first = limit != nil ? ".limit" : swap != nil ? ".swap" : ".reservation"
      switch try place(.memory, for: field + first) {
      case .unified(let folder):
        check(memory, limit, swap, folder + "/memory.current", [folder + "/memory.swap.current"])
        lowerUnified(folder, limit, swap, reservation, field)
      case .legacy(let folder):
        check(
          memory, limit, swap, folder + "/memory.usage_in_bytes", nil, folder + "/memory.memsw.usage_in_bytes"
        )
        lowerLegacy(folder, limit, swap, reservation, field)
      }
    }
    try lowerLegacyOnly(memory, field)
  }

  /// 0 and absent mean "not asked for", -1 means unlimited.
  private func asked(_ bytes: Int64?, _ field: String) throws -> Int64? {
    guard let bytes, bytes != 0 else { return nil }
    if bytes < -1 { throw Failure(field, reason: "\(bytes) is neither a size in bytes nor -1 (unlimited)") }
    return bytes
  }

  private mutating func check(
    _ memory: LinuxMemory, _ limit: Int64?, _ swap: Int64?, _ usage: String, _ swapUsage: [String]?,
    _ memorySwapUsage: String? = nil
  ) {
    guard memory.checkBeforeUpdate == true, current != nil else { return }
    if let swap, swap > 0 {
      let files = memorySwapUsage.map { [$0] } ?? [usage] + (swapUsage ?? [])
      plan.checks.append(CgroupCheck(usage: files, below: swap, field: "linux.resources.memory.swap"))
    }
    if let limit, limit > 0 {
      plan.checks.append(CgroupCheck(usage: [usage], below: limit, field: "linux.resources.memory.limit"))
    }
  }

  private mutating func lowerUnified(
    _ folder: String, _ limit: Int64?, _ swap: Int64?, _ reservation: Int64?, _ field: String
  ) {
    if let (bytes, note) = unifiedSwap(swap, limit: limit) {
      // Without the file the kernel has no swap to limit; then none and any amount are the same.
      write(
        folder, "memory.swap.max", text(bytes), field + ".swap", note, ifAbsent: bytes <= 0 ? .isFine : .fails
      )
    }
    if let limit {
      write(folder, "memory.max", text(limit), field + ".limit", "the hard limit in bytes")
    }
    if let reservation {
      write(
        folder, "memory.low", text(reservation), field + ".reservation",
        "spared from reclaim up to here: cgroup v2's form of the soft limit")
    }
  }

  /// The spec counts memory and swap together, cgroup v2 counts swap alone.
  private func unifiedSwap(_ swap: Int64?, limit: Int64?) -> (Int64, String)? {
    guard let swap else {
      return limit == -1 ? (-1, "as on cgroup v1, unlimited memory includes swap") : nil
    }
    if swap == -1 { return (-1, "unlimited") }
    guard let memory = limit ?? current?.memoryLimit, memory != -1 else {
      return (swap, "no memory limit to subtract")
    }
    return (swap - memory, "memory and swap (\(swap)) less memory (\(memory)): cgroup v2 counts swap alone")
  }

  private mutating func lowerLegacy(
    _ folder: String, _ limit: Int64?, _ swap: Int64?, _ reservation: Int64?, _ field: String
  ) {
    let limitWrite = limit.map {
      CgroupWrite(
        folder + "/memory.limit_in_bytes", String($0), field: field + ".limit",
        note: "the hard limit in bytes")
    }
    let swapWrite = (swap ?? (limit == -1 ? -1 : nil)).map {
      CgroupWrite(
        folder + "/memory.memsw.limit_in_bytes", String($0), field: field + ".swap",
        note: "memory and swap together, in bytes", ifAbsent: $0 == -1 ? .isFine : .fails)
    }
    // The kernel keeps memory <= memory+swap at every moment: whichever grows past the other goes first.
    let swapFirst = swapWrite.map { _ in raisesSwap(to: swap ?? -1) } ?? false
    let ordered = swapFirst ? [swapWrite, limitWrite] : [limitWrite, swapWrite]
    plan.writes += ordered.compactMap { $0 }
    if let reservation {
      write(
        folder, "memory.soft_limit_in_bytes", String(reservation), field + ".reservation",
        "the soft limit in bytes")
    }
  }

  /// A new cgroup's memory+swap is unlimited: nothing can raise it.
  private func raisesSwap(to bytes: Int64) -> Bool {
    guard let now = current?.memorySwapLimit else { return false }
    return now != -1 && (bytes == -1 || bytes > now)
  }

  /// What only cgroup v1 knows. Values that ask for what cgroup v2 does anyway are accepted.
  private mutating func lowerLegacyOnly(_ memory: LinuxMemory, _ field: String) throws {
    if let kernel = try asked(memory.kernel, field + ".kernel") {
      try writeLegacyOnly(
        "memory.kmem.limit_in_bytes", String(kernel), field + ".kernel",
        "kernel memory counts towards memory.limit", noop: kernel == -1)
    }
    if let kernelTCP = try asked(memory.kernelTCP, field + ".kernelTCP") {
      try writeLegacyOnly(
        "memory.kmem.tcp.limit_in_bytes", String(kernelTCP), field + ".kernelTCP",
        "TCP buffers count towards memory.limit", noop: kernelTCP == -1)
    }
    // The largest number is engines' word for "not set".
    if let swappiness = memory.swappiness, swappiness != .max {
      if swappiness > 100 { throw Failure(field + ".swappiness", reason: "\(swappiness) is not in 0...100") }
      try writeLegacyOnly(
        "memory.swappiness", String(swappiness), field + ".swappiness", "only the whole machine has one",
        noop: false)
    }
    if memory.disableOOMKiller == true {
      try writeLegacyOnly(
        "memory.oom_control", "1", field + ".disableOOMKiller", "the OOM killer cannot be switched off",
        noop: false)
    } else if memory.disableOOMKiller == false, let current, let v1 = layout.legacyHierarchy(of: .memory),
      current.joined.contains(v1.mountPoint)
    {
      // Engines always send false; only a cgroup that may have had it switched off needs the write.
      try writeLegacyOnly(
        "memory.oom_control", "0", field + ".disableOOMKiller", "the OOM killer is always on", noop: true)
    }
    if memory.useHierarchy == true {
      try writeLegacyOnly(
        "memory.use_hierarchy", "1", field + ".useHierarchy", "child cgroups always count", noop: true)
    }
  }

  private mutating func writeLegacyOnly(
    _ file: String, _ value: String, _ field: String, _ why: String, noop: Bool
  ) throws {
    switch try place(.memory, for: field) {
    case .unified:
      if !noop { throw unsupported(field, "cgroup v2 has no such setting: \(why)") }
    case .legacy(let folder):
      write(folder, file, value, field, "only cgroup v1 has it", ifAbsent: noop ? .isFine : .fails)
    }
  }

  /// `max` is cgroup v2's word for -1.
  private func text(_ bytes: Int64) -> String { bytes == -1 ? "max" : String(bytes) }
}

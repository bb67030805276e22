import OCISpec
import Runtime

/// A person gave a flag and knows nothing of the configuration made from it: errors name the flag.
enum FlagNames {
  /// The flags that were given, by the configuration's field each of them sets.
  private static func given(_ options: RunOptions) -> [(field: String, flag: String)] {
    let all: [(isGiven: Bool, field: String, flag: String)] =
      memory(options.limits) + processors(options.limits) + blockIO(options.limits) + [
        (options.workingFolder != nil, "process.cwd", "--workdir"),
        (options.limits.oomScoreAdjustment != nil, "process.oomScoreAdj", "--oom-score-adj"),
        (!options.limits.ulimits.isEmpty, "process.rlimits", "--ulimit"),
        (options.security.apparmor != nil, "process.apparmorProfile", "--security-opt apparmor"),
        (!options.security.label.isEmpty, "process.selinuxLabel", "--security-opt label"),
        (options.security.filter != .usual, "linux.seccomp", "--security-opt seccomp"),
        (options.hostname != nil, "hostname", "--hostname"),
        (options.domainname != nil, "domainname", "--domainname"),
        (!options.sysctls.isEmpty, "linux.sysctl", "--sysctl"),
        (!options.devices.isEmpty, "linux.devices", "--device"),
        (!options.deviceRules.isEmpty, "linux.resources.devices", "--device-cgroup-rule"),
      ]
    return all.compactMap { $0.isGiven ? ($0.field, $0.flag) : nil }
  }

  private static func memory(_ limits: ResourceLimits) -> [(Bool, String, String)] {
    let field = "linux.resources.memory."
    return [
      (limits.memory != nil, field + "limit", "--memory"),
      (limits.memory != nil || limits.memorySwap != nil, field + "swap", "--memory-swap"),
      (limits.memoryReservation != nil, field + "reservation", "--memory-reservation"),
      (limits.memorySwappiness != nil, field + "swappiness", "--memory-swappiness"),
      (limits.disablesOOMKiller, field + "disableOOMKiller", "--oom-kill-disable"),
      (limits.pids != nil, "linux.resources.pids.limit", "--pids-limit"),
    ]
  }

  private static func processors(_ limits: ResourceLimits) -> [(Bool, String, String)] {
    let field = "linux.resources.cpu."
    return [
      (limits.nanoCPUs != nil, field + "quota", "--cpus"),
      (limits.cpuQuota != nil, field + "quota", "--cpu-quota"),
      (limits.cpuPeriod != nil, field + "period", "--cpu-period"),
      (limits.cpuShares != nil, field + "shares", "--cpu-shares"),
      (limits.cpuset != nil, field + "cpus", "--cpuset-cpus"),
      (limits.memoryNodes != nil, field + "mems", "--cpuset-mems"),
    ]
  }

  private static func blockIO(_ limits: ResourceLimits) -> [(Bool, String, String)] {
    let field = "linux.resources.blockIO."
    return [
      (limits.blockWeight != nil, field + "weight", "--blkio-weight"),
      (!limits.blockWeightDevices.isEmpty, field + "weightDevice", "--blkio-weight-device"),
      (!limits.readBytes.isEmpty, field + "throttleReadBpsDevice", "--device-read-bps"),
      (!limits.writeBytes.isEmpty, field + "throttleWriteBpsDevice", "--device-write-bps"),
      (!limits.readOperations.isEmpty, field + "throttleReadIOPSDevice", "--device-read-iops"),
      (!limits.writeOperations.isEmpty, field + "throttleWriteIOPSDevice", "--device-write-iops"),
    ]
  }

  /// Does something; where it fails for the value of a flag, the error tells the flag.
  static func telling<Result>(_ options: RunOptions, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw renamed(error, given(options))
    }
  }

  static func renamed(_ error: Error, _ options: RunOptions) -> Error { renamed(error, given(options)) }

  static func renamed(_ error: Error, _ names: [(field: String, flag: String)]) -> Error {
    if var error = error as? SpecError {
      for name in names {
        guard let rest = below(name.field, error.path) else { continue }
        error.path = name.flag + rest
        break
      }
      return error
    }
    guard var failure = error as? Failure else { return error }
    for name in names {
      failure.operation = replace(name.field, by: name.flag, in: failure.operation)
      failure.hint = failure.hint.map { replace(name.field, by: name.flag, in: $0) }
    }
    return failure
  }

  /// What a path says beyond a field: nothing, or the name of an entry where it is one of several. Nil for other
  /// fields' paths.
  private static func below(_ field: String, _ path: String) -> String? {
    if path == field { return "" }
    if path.hasPrefix(field + "[\"") { return " " + path.dropFirst(field.count + 2).dropLast(2) }
    if path.hasPrefix(field + "[") || path.hasPrefix(field + ".") { return "" }
    return nil
  }

  /// Replaces a field's name at the beginning of a text, or in brackets at its end.
  private static func replace(_ field: String, by flag: String, in text: String) -> String {
    if text == field || text.hasPrefix(field + ":") || text.hasPrefix(field + " ") {
      return flag + text.dropFirst(field.count)
    }
    if text.hasPrefix(field + "["), let end = text.firstIndex(of: "]") {
      return flag + text[text.index(after: end)...]
    }
    guard text.hasSuffix(")"), let start = text.firstRange(of: "(" + field) else { return text }
    let rest = text[start.upperBound...].dropLast()
    return rest.isEmpty || rest.hasPrefix("[") ? text[..<start.lowerBound] + "(" + flag + ")" : text
  }
}

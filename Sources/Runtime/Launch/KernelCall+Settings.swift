/// Calls that set limits, priorities and names. Source: getrlimit(2), sched_setattr(2), ioprio_set(2),
/// sched_setaffinity(2), set_mempolicy(2), umask(2), personality(2), sethostname(2).
extension KernelCall {
  static func prlimit64(_ resource: UInt64, of pid: Int32 = 0, soft: UInt64, hard: UInt64) -> KernelCall {
    KernelCall("prlimit64", ["\(pid)", limitName(resource), limits(soft, hard), "NULL"])
  }

  static func prlimit64(_ resource: UInt64, of pid: Int32, found: (soft: UInt64, hard: UInt64)) -> KernelCall
  {
    KernelCall("prlimit64", ["\(pid)", limitName(resource), "NULL", limits(found.soft, found.hard)])
  }

  private static func limitName(_ resource: UInt64) -> String {
    let names = ResourceLimit.names
    return resource < names.count ? names[Int(resource)] : "\(hex(resource)) /* RLIMIT_??? */"
  }

  private static func limits(_ soft: UInt64, _ hard: UInt64) -> String {
    "{rlim_cur=\(limit(soft)), rlim_max=\(limit(hard))}"
  }

  private static func limit(_ value: UInt64) -> String {
    if value == .max { return "RLIM64_INFINITY" }
    return value > 1024 && value % 1024 == 0 ? "\(value / 1024)*1024" : String(value)
  }

  /// - Parameter words: those of `struct sched_attr`: size and policy, flags, nice and priority, runtime,
  ///   deadline, period, utilisation.
  static func sched_setattr(_ words: [UInt64]) -> KernelCall {
    func halves(_ word: UInt64) -> (UInt64, UInt64) { (word & 0xffff_ffff, word >> 32) }
    let (size, policy) = halves(words[0])
    let (nice, priority) = halves(words[2])
    let (lowest, highest) = halves(words[6])
    let fields = [
      "size=\(size)", "sched_policy=" + FlagNames.scheduler.choice(policy),
      "sched_flags=" + FlagNames.schedulerFlags.bits(words[1]),
      "sched_nice=\(Int32(truncatingIfNeeded: nice))", "sched_priority=\(priority)",
      "sched_runtime=\(words[3])",
      "sched_deadline=\(words[4])", "sched_period=\(words[5])", "sched_util_min=\(lowest)",
      "sched_util_max=\(highest)",
    ]
    return KernelCall("sched_setattr", ["0", "{" + fields.joined(separator: ", ") + "}", "0"])
  }

  /// - Parameter value: the class in the upper bits, the priority in the lower thirteen.
  static func ioprio_set(_ value: UInt64) -> KernelCall {
    let name = FlagNames.priorityClass.choice(value >> 13)
    return KernelCall(
      "ioprio_set", ["IOPRIO_WHO_PROCESS", "0", "IOPRIO_PRIO_VALUE(\(name), \(value & 0x1fff))"])
  }

  static func sched_setaffinity(size: Int, mask: [UInt64]) -> KernelCall {
    let numbers = mask.enumerated().flatMap { position, word in
      (0..<64).filter { word >> UInt64($0) & 1 == 1 }.map { String(position * 64 + $0) }
    }
    return KernelCall("sched_setaffinity", ["0", String(size), "[" + numbers.joined(separator: " ") + "]"])
  }

  static func set_mempolicy(mode: UInt64, mask: [UInt64]?, maximum: UInt64) -> KernelCall {
    let flags = mode & 0xe000
    var name = FlagNames.memoryPolicy.choice(mode & ~0xe000)
    if flags != 0 { name += "|" + FlagNames.memoryPolicyFlags.bits(flags) }
    let words = mask.map { words in
      "["
        + words.map { word in
          let digits = String(word, radix: 16)
          // C's alternate form has no prefix for a zero.
          return word == 0
            ? String(repeating: "0", count: 16)
            : "0x" + String(repeating: "0", count: max(0, 14 - digits.count)) + digits
        }.joined(separator: ", ") + "]"
    }
    return KernelCall("set_mempolicy", [name, words ?? "NULL", String(maximum)])
  }

  static func umask(_ mask: UInt32) -> KernelCall { KernelCall("umask", [octal(mask)]) }
  static func personality(_ persona: UInt64) -> KernelCall {
    KernelCall("personality", [FlagNames.personality.choice(persona)])
  }

  static func sethostname(_ name: String) -> KernelCall {
    KernelCall("sethostname", [quote(name), String(name.utf8.count)])
  }

  static func setdomainname(_ name: String) -> KernelCall {
    KernelCall("setdomainname", [quote(name), String(name.utf8.count)])
  }
}

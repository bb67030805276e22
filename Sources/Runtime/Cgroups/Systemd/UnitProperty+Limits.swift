extension UnitProperty {
  /// The properties that stand for the limits of a plan, in systemd's words: it repeats them when it reloads its
  /// configuration, and overwrites the files of those it was not given with its defaults.
  ///
  /// A limit without a property is left out: systemd leaves its file alone. So is a value that the kernel is going to
  /// refuse anyway. Source: systemd.resource-control(5).
  ///
  /// - Parameter hasBFQ: whether weights of block I/O are those of the BFQ scheduler.
  static func limits(_ writes: [CgroupWrite], hasBFQ: Bool = false) -> [UnitProperty] {
    var properties: [UnitProperty] = []
    for write in writes {
      let file = write.file.utf8.lastIndex(of: UInt8(ascii: "/")).map { write.file[$0...].dropFirst() }
      for property in limit(String(file ?? ""), write.value, hasBFQ: hasBFQ) {
        // What is written by name comes last and wins.
        properties.removeAll { $0.name == property.name }
        properties.append(property)
      }
    }
    return properties
  }

  /// Whether this kernel has the BFQ scheduler.
  static var hasBFQ: Bool { Files.exists("/sys/module/bfq") }

  private static func limit(_ file: String, _ value: String, hasBFQ: Bool) -> [UnitProperty] {
    switch file {
    case "memory.max": bytes("MemoryMax", value)
    case "memory.high": bytes("MemoryHigh", value)
    case "memory.low": bytes("MemoryLow", value)
    case "memory.min": bytes("MemoryMin", value, since: 240)
    case "memory.swap.max": bytes("MemorySwapMax", value)
    case "memory.zswap.max": bytes("MemoryZSwapMax", value, since: 253)
    case "pids.max": amount("TasksMax", value)
    case "cpu.weight": weight("CPUWeight", value)
    // systemd's word for it; who is no longer idle has the kernel's default, until a weight is written.
    case "cpu.idle":
      [
        value == "1"
          ? UnitProperty("CPUWeight", .uint64(0), since: 252) : UnitProperty("CPUWeight", .uint64(100))
      ]
    case "cpu.max": processorTime(value)
    case "cpuset.cpus": set("AllowedCPUs", value)
    case "cpuset.mems": set("AllowedMemoryNodes", value)
    // systemd writes both files, and calculates BFQ's from the other's scale.
    case "io.bfq.weight":
      UInt16(value).flatMap { (10...1000).contains($0) ? $0 : nil }.map {
        [UnitProperty("IOWeight", .uint64(hasBFQ ? systemdWeight(UInt64($0)) : CgroupLowering.ioWeight($0)))]
      } ?? []
    case "io.weight": weight("IOWeight", value.hasPrefix("default ") ? String(value.dropFirst(8)) : value)
    default: []
    }
  }

  /// The weight (1...10000) from which systemd calculates this one of BFQ (1...1000): both have 100 in common, and
  /// are linear above.
  private static func systemdWeight(_ weight: UInt64) -> UInt64 {
    weight <= 100 ? weight : 100 + (min(weight, 1000) - 100) * 9900 / 900
  }

  private static func weight(_ name: String, _ value: String) -> [UnitProperty] {
    guard let weight = UInt64(value), (1...10_000).contains(weight) else { return [] }
    return [UnitProperty(name, .uint64(weight))]
  }

  private static func amount(_ name: String, _ value: String) -> [UnitProperty] {
    if value == "max" { return [UnitProperty(name, .uint64(.max))] }
    return UInt64(value).map { [UnitProperty(name, .uint64($0))] } ?? []
  }

  /// The kernel takes sizes with K, M, G, T, P or E behind them.
  private static func bytes(_ name: String, _ value: String, since: Int = 0) -> [UnitProperty] {
    if value == "max" { return [UnitProperty(name, .uint64(.max), since: since)] }
    let units = "KMGTPE"
    var digits = value[...]
    var shift = 0
    if let last = digits.last?.uppercased().first, let index = units.firstIndex(of: last) {
      shift = 10 * (units.distance(from: units.startIndex, to: index) + 1)
      digits = digits.dropLast()
    }
    guard let number = UInt64(digits) else { return [] }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << UInt64(shift))
    return [UnitProperty(name, .uint64(overflow ? .max : bytes), since: since)]
  }

  /// `MAXIMUM PERIOD`, in microseconds. systemd keeps the quota in whole percents of a processor: it is rounded up,
  /// so that a reload never leaves less than was asked for.
  private static func processorTime(_ value: String) -> [UnitProperty] {
    let parts = value.split(separator: " ")
    guard let first = parts.first, let period = parts.count > 1 ? UInt64(parts[1]) : 100_000, period > 0
    else {
      return []
    }
    var perSecond = UInt64.max
    if first != "max" {
      guard let quota = UInt64(first) else { return [] }
      let (scaled, overflow) = quota.multipliedReportingOverflow(by: 1_000_000)
      if !overflow {
        let percents = (scaled / period + (scaled % period > 0 ? 1 : 0) + 9_999) / 10_000
        perSecond = percents * 10_000
      }
    }
    return [
      UnitProperty("CPUQuotaPerSecUSec", .uint64(perSecond)),
      UnitProperty("CPUQuotaPeriodUSec", .uint64(period), since: 242),
    ]
  }

  /// A list like `0-3,7` as a set of bits, the lowest number in the lowest bit of the first byte. An empty one takes
  /// the limit back.
  private static func set(_ name: String, _ list: String) -> [UnitProperty] {
    var bits: [UInt8] = []
    for part in list.split(whereSeparator: { ", \n".contains($0) }) {
      let ends = part.split(separator: "-", maxSplits: 1).map { Int($0) }
      // More than any kernel has, and few enough to keep.
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0, first <= last,
        last < 1 << 16
      else {
        return []
      }
      for number in first...last {
        while bits.count <= number / 8 { bits.append(0) }
        bits[number / 8] |= 1 << UInt8(number % 8)
      }
    }
    return [UnitProperty(name, .bytes(bits), since: 244)]
  }
}

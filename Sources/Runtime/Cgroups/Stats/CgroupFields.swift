/// The forms in which cgroupfs writes numbers.
enum CgroupFields {
  /// `KEY VALUE` a line, as in `cpu.stat` and `memory.events`.
  static func flat(_ text: String) -> [String: UInt64] {
    var fields: [String: UInt64] = [:]
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      guard let blank = line.firstIndex(of: UInt8(ascii: " ")),
        let value = UInt64(Substring(line[line.index(after: blank)...]))
      else { continue }
      fields[String(Substring(line[..<blank]))] = value
    }
    return fields
  }

  /// A single number; nil for `max`, and for what cgroup v1 writes instead: -1, or the largest number of whole
  /// pages.
  static func limit(_ text: String) -> UInt64? {
    guard let value = UInt64(text.prefix { $0 != "\n" }) else { return nil }
    return value >= UInt64(Int64.max) - 0xffff ? nil : value
  }

  /// `MAJOR:MINOR KEY=VALUE …` a line, as in `io.stat`.
  static func blockDevices(_ text: String) -> [CgroupStats.BlockDevice] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let first = words.first, var device = device(first) else { return nil }
      for word in words.dropFirst() {
        let parts = word.split(separator: "=")
        guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
        switch parts[0] {
        case "rbytes": device.readBytes = value
        case "wbytes": device.writtenBytes = value
        case "dbytes": device.discardedBytes = value
        case "rios": device.reads = value
        case "wios": device.writes = value
        case "dios": device.discards = value
        default: break
        }
      }
      return device
    }
  }

  /// `MAJOR:MINOR OPERATION VALUE` a line, as in cgroup v1's `blkio.throttle.io_service_bytes_recursive` and
  /// `blkio.throttle.io_serviced_recursive`.
  static func blockDevices(legacyBytes: String, legacyOperations: String) -> [CgroupStats.BlockDevice] {
    var devices: [CgroupStats.BlockDevice] = []
    func add(_ text: String, _ keys: [(Substring, WritableKeyPath<CgroupStats.BlockDevice, UInt64>)]) {
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count == 3, let value = UInt64(words[2]), let new = device(words[0]),
          let key = keys.first(where: { $0.0 == words[1] })?.1
        else { continue }
        let index = devices.firstIndex { $0.major == new.major && $0.minor == new.minor } ?? devices.count
        if index == devices.count { devices.append(new) }
        devices[index][keyPath: key] = value
      }
    }
    add(legacyBytes, [("Read", \.readBytes), ("Write", \.writtenBytes), ("Discard", \.discardedBytes)])
    add(legacyOperations, [("Read", \.reads), ("Write", \.writes), ("Discard", \.discards)])
    return devices
  }

  private static func device(_ text: Substring) -> CgroupStats.BlockDevice? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let major = UInt32(parts[0]), let minor = UInt32(parts[1]) else { return nil }
    return CgroupStats.BlockDevice(major: major, minor: minor)
  }

  /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`.
  static func pressure(_ text: String) -> CgroupStats.Pressure? {
    var some: CgroupStats.Pressure.Line?
    var full: CgroupStats.Pressure.Line?
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let values = words.dropFirst().compactMap { $0.split(separator: "=").last }
      guard values.count == 4, let average10 = Double(values[0]), let average60 = Double(values[1]),
        let average300 = Double(values[2]), let total = UInt64(values[3])
      else { continue }
      let parsed = CgroupStats.Pressure.Line(
        average10: average10, average60: average60, average300: average300, total: total)
      if words[0] == "some" { some = parsed } else { full = parsed }
    }
    return some.map { CgroupStats.Pressure(some: $0, full: full) }
  }
}

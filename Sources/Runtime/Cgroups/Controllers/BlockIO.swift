import OCISpec

extension CgroupLowering {
  /// Block I/O. Sources: admin-guide/cgroup-v2.rst "IO", block/bfq-iosched.rst,
  /// admin-guide/cgroup-v1/blkio-controller.rst.
  mutating func lower(_ blockIO: LinuxBlockIO) throws {
    let field = "linux.resources.blockIO"
    try lowerWeight(blockIO, field)
    for (index, device) in blockIO.weightDevice.enumerated() {
      try lowerWeight(device, "\(field).weightDevice[\(index)]")
    }
    let throttles = [
      (blockIO.throttleReadBpsDevice, "throttleReadBpsDevice", "rbps", "read_bps_device"),
      (blockIO.throttleWriteBpsDevice, "throttleWriteBpsDevice", "wbps", "write_bps_device"),
      (blockIO.throttleReadIOPSDevice, "throttleReadIOPSDevice", "riops", "read_iops_device"),
      (blockIO.throttleWriteIOPSDevice, "throttleWriteIOPSDevice", "wiops", "write_iops_device"),
    ]
    for (devices, name, key, file) in throttles {
      for (index, device) in devices.enumerated() {
        try lowerThrottle(device, "\(field).\(name)[\(index)]", key: key, legacyFile: file)
      }
    }
  }

  private mutating func lowerWeight(_ blockIO: LinuxBlockIO, _ field: String) throws {
    if let weight = try asked(blockIO.weight, field + ".weight") {
      switch try place(.io, for: field + ".weight") {
      case .unified(let folder):
        write(
          folder, "io.bfq.weight", String(weight), field + ".weight",
          "of the BFQ scheduler; else io.weight, whose 1...10000 are stretched over 10...1000",
          ifAbsent: .instead(file: folder + "/io.weight", value: "default \(Self.ioWeight(weight))"))
      case .legacy(let folder):
        write(
          folder, "blkio.weight", String(weight), field + ".weight",
          "of the CFQ scheduler; else of its successor BFQ",
          ifAbsent: .instead(file: folder + "/blkio.bfq.weight", value: String(weight)))
      }
    }
    if let leafWeight = try asked(blockIO.leafWeight, field + ".leafWeight") {
      guard case .legacy(let folder) = try place(.io, for: field + ".leafWeight") else {
        throw unsupported(field + ".leafWeight", "cgroup v2 has no weight of a cgroup's own tasks")
      }
      write(
        folder, "blkio.leaf_weight", String(leafWeight), field + ".leafWeight",
        "of the CFQ scheduler, which kernels from 5.0 on do not have")
    }
  }

  private mutating func lowerWeight(_ device: LinuxWeightDevice, _ field: String) throws {
    let number = try Self.number(device.major, device.minor, field)
    let weight = try asked(device.weight, field + ".weight")
    let leafWeight = try asked(device.leafWeight, field + ".leafWeight")
    if weight == nil, leafWeight == nil {
      throw Failure(field, reason: "must have a weight or a leafWeight")
    }
    if let weight {
      let value = "\(number) \(weight)"
      switch try place(.io, for: field + ".weight") {
      case .unified(let folder):
        write(
          folder, "io.bfq.weight", value, field + ".weight",
          "of the BFQ scheduler; else io.weight, whose 1...10000 are stretched over 10...1000",
          ifAbsent: .instead(file: folder + "/io.weight", value: "\(number) \(Self.ioWeight(weight))"))
      case .legacy(let folder):
        write(
          folder, "blkio.weight_device", value, field + ".weight",
          "of the CFQ scheduler; else of its successor BFQ",
          ifAbsent: .instead(file: folder + "/blkio.bfq.weight_device", value: value))
      }
    }
    if let leafWeight {
      guard case .legacy(let folder) = try place(.io, for: field + ".leafWeight") else {
        throw unsupported(field + ".leafWeight", "cgroup v2 has no weight of a cgroup's own tasks")
      }
      write(
        folder, "blkio.leaf_weight_device", "\(number) \(leafWeight)", field + ".leafWeight",
        "of the CFQ scheduler, which kernels from 5.0 on do not have")
    }
  }

  private mutating func lowerThrottle(
    _ device: LinuxThrottleDevice, _ field: String, key: String, legacyFile: String
  ) throws {
    let number = try Self.number(device.major, device.minor, field)
    switch try place(.io, for: field) {
    case .unified(let folder):
      // cgroup v1 takes 0 for "no limit", cgroup v2 refuses it.
      let rate = device.rate == 0 ? "max" : String(device.rate)
      write(folder, "io.max", "\(number) \(key)=\(rate)", field, "per second, on the device \(number)")
    case .legacy(let folder):
      write(
        folder, "blkio.throttle." + legacyFile, "\(number) \(device.rate)", field,
        "per second, on the device \(number); direct I/O only")
    }
  }

  private func asked(_ weight: UInt16?, _ field: String) throws -> UInt16? {
    guard let weight, weight != 0 else { return nil }
    if !(10...1000).contains(weight) { throw Failure(field, reason: "\(weight) is not in 10...1000") }
    return weight
  }

  private static func number(_ major: Int64, _ minor: Int64, _ field: String) throws -> String {
    if major < 0 || minor < 0 { throw Failure(field, reason: "must have a major and a minor number") }
    return "\(major):\(minor)"
  }

  /// A weight of 10...1000 as one of 1...10000, linear as in runc and crun.
  static func ioWeight(_ weight: UInt16) -> UInt64 { 1 + (UInt64(weight) - 10) * 9999 / 990 }
}

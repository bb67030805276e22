/// The largest device numbers. Source: makedev(3), `MINORBITS` in include/linux/kdev_t.h.
private let maximumMajor: Int64 = 4095
private let maximumMinor: Int64 = 1_048_575

extension LinuxDevice {
  func validate(at path: @autoclosure () -> String) throws(SpecError) {
    try checkAbsolute(self.path, path() + ".path")
    try require(cleanPath(self.path) != "/", path() + ".path", "must not be the root directory")
    try require(
      ["c", "u", "b", "p"].contains(type), path() + ".type", "must be c, u, b or p, not \(quoted(type))")
    if type != "p" {
      try checkNumber(major, maximumMajor, path() + ".major")
      try checkNumber(minor, maximumMinor, path() + ".minor")
    }
    try require(uid != UInt32.max, path() + ".uid", "must not be \(UInt32.max), which means no user")
    try require(gid != UInt32.max, path() + ".gid", "must not be \(UInt32.max), which means no group")
  }

  private func checkNumber(
    _ number: Int64?, _ maximum: Int64, _ path: @autoclosure () -> String
  ) throws(SpecError) {
    guard let number else { throw SpecError(path(), "is required for a device of type \(type)") }
    try require(0...maximum ~= number, path(), "must lie in 0...\(maximum), not \(number)")
  }
}

extension LinuxDeviceCgroup {
  /// The number by which older engines say "all".
  public static let wildcard: Int64 = -1

  func validate(at path: @autoclosure () -> String) throws(SpecError) {
    if let type {
      try require(
        ["a", "c", "b", "u"].contains(type), path() + ".type", "must be a, c or b, not \(quoted(type))")
    }
    for (name, number, maximum) in [("major", major, maximumMajor), ("minor", minor, maximumMinor)] {
      guard let number, number != Self.wildcard else { continue }
      try require(
        0...maximum ~= number, path() + "." + name,
        "must lie in 0...\(maximum) or be -1 for all, not \(number)")
    }
    if let access {
      try require(
        access.utf8.allSatisfy {
          $0 == UInt8(ascii: "r") || $0 == UInt8(ascii: "w") || $0 == UInt8(ascii: "m")
        },
        path() + ".access", "must consist of r, w and m, unlike \(quoted(access))")
    }
  }
}

extension LinuxBlockIO {
  func validate(at path: String) throws(SpecError) {
    try checkWeight(weight, path + ".weight")
    try checkWeight(leafWeight, path + ".leafWeight")
    for (index, device) in weightDevice.enumerated() {
      func at() -> String { "\(path).weightDevice[\(index)]" }
      try checkDevice(device.major, device.minor, at())
      try require(
        device.weight != nil || device.leafWeight != nil, at(), "must have weight or leafWeight")
      try checkWeight(device.weight, at() + ".weight")
      try checkWeight(device.leafWeight, at() + ".leafWeight")
    }
    let throttles = [
      ("throttleReadBpsDevice", throttleReadBpsDevice), ("throttleWriteBpsDevice", throttleWriteBpsDevice),
      ("throttleReadIOPSDevice", throttleReadIOPSDevice),
      ("throttleWriteIOPSDevice", throttleWriteIOPSDevice),
    ]
    for (name, devices) in throttles {
      for (index, device) in devices.enumerated() {
        try checkDevice(device.major, device.minor, "\(path).\(name)[\(index)]")
      }
    }
  }

  private func checkDevice(
    _ major: Int64, _ minor: Int64, _ path: @autoclosure () -> String
  ) throws(SpecError) {
    try require(0...maximumMajor ~= major, path() + ".major", "must lie in 0...\(maximumMajor), not \(major)")
    try require(0...maximumMinor ~= minor, path() + ".minor", "must lie in 0...\(maximumMinor), not \(minor)")
  }

  /// Zero stands for "not set": engines write it for limits nobody asked for.
  private func checkWeight(_ weight: UInt16?, _ path: @autoclosure () -> String) throws(SpecError) {
    guard let weight, weight != 0 else { return }
    try require(10...1000 ~= weight, path(), "must lie in 10...1000, not \(weight)")
  }
}

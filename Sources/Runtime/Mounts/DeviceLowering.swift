import Glibc
import OCISpec

/// The nodes and links of the container's /dev. Source: "Default Devices" in runtime-spec's config-linux.md.
struct DeviceLowering {
  let devices: [LinuxDevice]
  /// A user namespace may not make nodes: the host's are bound.
  let inUserNamespace: Bool

  private static let defaults: [(name: String, major: UInt32, minor: UInt32)] = [
    ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
  ]

  private static let links = [
    ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"),
    ("/proc/self/fd/2", "stderr"),
    ("pts/ptmx", "ptmx"),
  ]

  func lower() throws(SpecError) -> [Step] {
    var steps: [Step] = []
    let asked = devices.map { Files.clean($0.path) }
    for device in Self.defaults where !asked.contains("/dev/" + device.name) {
      steps.append(
        .makeDevice(
          DeviceStep(
            path: "/dev/" + device.name, mode: S_IFCHR | 0o666,
            device: Self.number(device.major, device.minor),
            uid: 0, gid: 0, bind: inUserNamespace)))
    }
    for (index, device) in devices.enumerated() { steps.append(.makeDevice(try lower(device, index))) }
    for (target, name) in Self.links { steps.append(.linkInDev(target: target, name: name)) }
    return steps
  }

  private func lower(_ device: LinuxDevice, _ index: Int) throws(SpecError) -> DeviceStep {
    let type: UInt32
    switch device.type {
    case "c", "u": type = S_IFCHR
    case "b": type = S_IFBLK
    case "p": type = S_IFIFO
    default:
      throw SpecError(
        "linux.devices[\(index)].type", "unknown device type \(device.type)", hint: "one of c, b, u, p")
    }
    let major = UInt32(truncatingIfNeeded: device.major ?? 0)
    let minor = UInt32(truncatingIfNeeded: device.minor ?? 0)
    return DeviceStep(
      path: Files.clean(device.path), mode: type | (device.fileMode ?? 0o666) & 0o7777,
      device: type == S_IFIFO ? 0 : Self.number(major, minor), uid: device.uid ?? 0, gid: device.gid ?? 0,
      bind: inUserNamespace && type != S_IFIFO)
  }

  /// The kernel's encoding of a device number. The corresponding C macro is `makedev`.
  static func number(_ major: UInt32, _ minor: UInt32) -> UInt64 {
    let (major, minor) = (UInt64(major), UInt64(minor))
    return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xff) << 12 | (major & ~0xfff) << 32
  }
}

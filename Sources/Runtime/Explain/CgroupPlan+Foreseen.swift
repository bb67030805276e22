import Glibc

extension CgroupPlan {
  /// Folders above the cgroup and controllers are there already, as they nearly always are.
  var foreseenCalls: [KernelCall] {
    let folders = ([unified] + legacy).map { KernelCall.mkdir($0.leaf, mode: 0o755) }
    let limits = writes.flatMap { Step.write($0.value, to: $0.file) }
    guard let devices, !devices.allowsEverything else { return folders + limits }
    return folders + limits + [
      .openat(.current, unified.leaf, UInt64(O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      .loadDeviceFilter(DeviceFilter.programName, instructions: devices.program.count),
      .attachDeviceFilter("progfd", to: "cgroupfd"),
    ]
  }
}

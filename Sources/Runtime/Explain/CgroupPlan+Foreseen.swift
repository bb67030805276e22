import Glibc

extension CgroupPlan {
  /// Folders above the cgroup and controllers are there already, as they nearly always are.
  var foreseenCalls: [KernelCall] {
    let folders = ((isUnit ? [] : [unified]) + legacy).map { KernelCall.mkdir($0.leaf, mode: 0o755) }
    let limits = writes.flatMap { Step.write($0.value, to: $0.file) }
    return folders + limits + (devices?.foreseenCalls(unified.leaf) ?? [])
  }
}

extension DeviceFilter {
  /// - Parameter cgroup: the folder of a cgroup that has no filter yet.
  func foreseenCalls(_ cgroup: String) -> [KernelCall] {
    if allowsEverything { return [] }
    return [
      .openat(.current, cgroup, UInt64(O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      .loadDeviceFilter(DeviceFilter.programName, instructions: program.count),
      .attachDeviceFilter("progfd", to: "cgroupfd"),
    ]
  }
}

import OCISpec

@testable import Runtime

/// Layouts of machines for tests that need none.
enum CgroupsCanned {
  /// Everything on cgroup v2.
  static let unified = CgroupLayout(
    mode: .unified, unified: "/sys/fs/cgroup",
    unifiedControllers: [.cpuset, .cpu, .io, .memory, .hugetlb, .pids, .rdma])

  /// Like many machines with systemd before 2021: only hugetlb is on cgroup v2.
  static let hybrid = CgroupLayout(
    mode: .hybrid, unified: "/sys/fs/cgroup/unified", unifiedControllers: [.hugetlb],
    legacy: [
      hierarchy("cpu", .cpu), hierarchy("cpuacct", .init(rawValue: "cpuacct")), hierarchy("cpuset", .cpuset),
      hierarchy("memory", .memory), hierarchy("blkio", .io), hierarchy("pids", .pids),
      hierarchy("net_cls,net_prio", .networkClass, .networkPriority), hierarchy("rdma", .rdma),
    ])

  static func hierarchy(_ name: String, _ controllers: CgroupController...) -> CgroupLayout.LegacyHierarchy {
    .init(mountPoint: "/sys/fs/cgroup/" + name, controllers: controllers)
  }

  static let path = try! CgroupPath(cgroupsPath: nil, id: "web")

  /// The writes of a plan as `FILE=VALUE`, the file below the container's cgroup.
  static func writes(_ plan: CgroupPlan) -> [String] {
    plan.writes.map { write in
      let name = write.file.split(separator: "/").last!
      let expected = write.file.contains("/swiftainer/web/") ? "" : "MISPLACED "
      return "\(expected)\(name)=\(write.value)"
    }
  }

  static func lower(_ resources: LinuxResources, _ layout: CgroupLayout) throws -> CgroupPlan {
    try CgroupPlan.lower(resources: resources, path: path, layout: layout)
  }

  static func update(
    _ resources: LinuxResources, _ layout: CgroupLayout, _ current: CgroupCurrent = CgroupCurrent()
  ) throws -> CgroupPlan {
    try CgroupPlan.lowerUpdate(resources: resources, path: path, layout: layout, current: current)
  }

  static func writes(_ resources: LinuxResources, _ layout: CgroupLayout) throws -> [String] {
    writes(try lower(resources, layout))
  }

  /// The text of the error that lowering throws, nil where it throws none.
  static func failure(_ resources: LinuxResources, _ layout: CgroupLayout) -> String? {
    do {
      _ = try lower(resources, layout)
      return nil
    } catch {
      return "\(error)"
    }
  }
}

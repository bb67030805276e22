import OCISpec

extension CgroupLowering {
  /// The CPUs and memory nodes a container may use. Sources: admin-guide/cgroup-v2.rst "Cpuset",
  /// admin-guide/cgroup-v1/cpusets.rst.
  mutating func lowerPlacement(_ cpu: LinuxCPU) throws {
    let asked: [(String?, String, String)] = [
      (cpu.cpus, "cpus", "the CPUs it may run on"), (cpu.mems, "mems", "the memory nodes it may use"),
    ]
    for case (.some(let list), let name, let note) in asked where !list.isEmpty {
      let field = "linux.resources.cpu." + name
      let folder =
        switch try place(.cpuset, for: field) {
        case .unified(let leaf), .legacy(let leaf): leaf
        }
      write(folder, "cpuset." + name, list, field, note)
    }
  }
}

extension CgroupPlan {
  /// The cgroup v1 cpuset folders that must have CPUs and memory nodes before anything may run in them: there,
  /// unlike on cgroup v2, an empty list means none. Each gets its parent's, so parents come first.
  public var cpusetFolders: [String] {
    legacy.filter { $0.controllers.contains(.cpuset) }.flatMap { $0.parents + [$0.leaf] }
  }
}

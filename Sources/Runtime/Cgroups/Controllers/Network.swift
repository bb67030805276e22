import OCISpec

extension CgroupLowering {
  /// Marks on packets, which only cgroup v1 has. Sources: admin-guide/cgroup-v1/net_cls.rst, net_prio.rst.
  mutating func lower(_ network: LinuxNetwork) throws {
    let field = "linux.resources.network"
    if let classID = network.classID, classID != 0 {
      guard case .legacy(let folder) = try place(.networkClass, for: field + ".classID") else {
        throw unsupported(field + ".classID", "cgroup v2 has no packet classes")
      }
      write(folder, "net_cls.classid", String(classID), field + ".classID", "the class of its packets")
    }
    for (index, priority) in network.priorities.enumerated() {
      let field = "\(field).priorities[\(index)]"
      if priority.name.isEmpty || priority.name.utf8.contains(where: { $0 <= UInt8(ascii: " ") }) {
        throw Failure(field + ".name", reason: "`\(priority.name)` is no name of an interface")
      }
      guard case .legacy(let folder) = try place(.networkPriority, for: field) else {
        throw unsupported(field, "cgroup v2 has no packet priorities")
      }
      write(
        folder, "net_prio.ifpriomap", "\(priority.name) \(priority.priority)", field,
        "the priority of its packets through the interface")
    }
  }
}

import OCISpec

extension CgroupLowering {
  /// Any file of cgroup v2, by name. Source: runtime-spec 1.3.0, config-linux.md, "Unified".
  mutating func lower(unified: [String: String]) throws {
    for (key, value) in unified.sorted(by: { $0.key < $1.key }) {
      let field = "linux.resources.unified[\"\(key)\"]"
      guard let dot = key.firstIndex(of: "."), dot != key.startIndex, key.index(after: dot) != key.endIndex,
        !key.utf8.contains(UInt8(ascii: "/")), !key.utf8.contains(0)
      else {
        throw Failure(field, reason: "is not the name of a cgroup v2 file, as `memory.high`")
      }
      let name = String(key[..<dot])
      if name == "cgroup" {
        try checkCore(key, field)
      } else {
        try requireUnified(CgroupController(rawValue: name), field)
      }
      // Files with a line per device take one line per write.
      let lines = value.split(separator: "\n").map(String.init)
      // An empty line is a value too: it clears `cpuset.cpus`.
      for line in lines.isEmpty ? ["\n"] : lines {
        write(plan.unified.leaf, key, line, field, "asked for by name")
      }
    }
  }

  /// The core's own files are no controller's, and most of them are not limits but ways to move and kill.
  private func checkCore(_ key: String, _ field: String) throws {
    if !["cgroup.max.depth", "cgroup.max.descendants", "cgroup.pressure"].contains(key) {
      throw Failure(field, reason: "is not a limit: the runtime itself uses this file")
    }
  }

  private mutating func requireUnified(_ controller: CgroupController, _ field: String) throws {
    if layout.unifiedControllers.contains(controller) { return require(controller, for: field) }
    if let hierarchy = layout.legacyHierarchy(of: controller) {
      throw Failure(
        field,
        reason: "the \(controller.rawValue) controller is bound to cgroup v1 here (\(hierarchy.mountPoint))")
    }
    throw Failure(field, reason: "cgroup v2 has no \(controller.rawValue) controller here")
  }
}

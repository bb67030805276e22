extension CgroupPlan {
  /// The plan as commands a person could type, each with its reason: for `--explain` and the documentation.
  public var shell: [String] {
    var lines =
      folders.isEmpty
      ? [] : ["mkdir -p " + ((isUnit ? [] : [unified]) + legacy).map(\.leaf).joined(separator: " ")]
    let enabled =
      required.map(\.controller) + accounting.filter { name in !required.contains { $0.controller == name } }
    if !enabled.isEmpty {
      let value = enabled.map { "+" + $0.rawValue }.joined(separator: " ")
      for folder in [unified.mountPoint] + unified.parents {
        lines.append("echo '\(value)' > \(folder)/cgroup.subtree_control")
      }
    }
    for folder in cpusetFolders {
      for name in ["cpuset.cpus", "cpuset.mems"] {
        lines.append("cat \(folder)/../\(name) > \(folder)/\(name)  # where it is empty")
      }
    }
    lines += writes.map { "echo '\($0.value)' > \($0.file)  # \($0.field): \($0.note)" }
    if let devices, let line = devices.shell(unified.leaf) { lines.append(line) }
    return lines
  }
}

extension DeviceFilter {
  /// The command that puts a loaded filter in force on a cgroup; nil where there is nothing to filter.
  func shell(_ cgroup: String) -> String? {
    if allowsEverything { return nil }
    return "bpftool cgroup attach \(cgroup) device pinned FILTER multi  # linux.resources.devices: "
      + "\(rules.count) rules, else \(allowsByDefault ? "allow" : "deny")"
  }
}

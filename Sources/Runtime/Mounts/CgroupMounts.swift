import OCISpec

/// What a container sees at a mount of type `cgroup`: its own cgroup, and nothing above it (CVE-2023-25809).
///
/// With a cgroup namespace the file systems are mounted anew, and the kernel shows them from the container's
/// cgroup on. Without one, the container's own folder is bound.
struct CgroupMounts {
  let lowering: MountLowering
  let field: String

  func lower(on destination: String, _ options: MountOptions) throws(SpecError) -> [MountStep] {
    guard let cgroup = lowering.cgroup, let layout = lowering.layout else {
      throw SpecError(field, "a cgroup mount needs a cgroup of the container's own")
    }
    if cgroup.legacy.isEmpty && layout.mode == .unified {
      return [unified(cgroup, on: destination, options, field)]
    }
    // A hybrid machine: the hierarchies the container has a cgroup in, beside one another, on a tmpfs.
    var steps = [
      MountStep(
        .filesystem(type: "tmpfs", source: "cgroup", options: ["mode=755"]), on: destination,
        attributes: [.noSetUID, .noDevices, .noExecute], field: field)
    ]
    steps.append(unified(cgroup, on: destination + "/unified", options, field + ".unified"))
    for folder in cgroup.legacy {
      let name = folder.mountPoint.split(separator: "/").last.map(String.init) ?? "cgroup"
      steps.append(legacy(folder, name, on: destination + "/" + name, options))
    }
    return steps
  }

  private func unified(
    _ cgroup: CgroupPlan, on destination: String, _ options: MountOptions, _ field: String
  ) -> MountStep {
    if lowering.hasCgroupNamespace {
      return MountStep(
        .filesystem(type: "cgroup2", source: "cgroup", options: []), on: destination, attributes: options.set,
        changes: options.changes(forFilesystem: true), refusesLinks: true, field: field)
    }
    return MountStep(
      .bind(cgroup.unified.leaf, recursive: false), on: destination,
      changes: options.changes(forFilesystem: false),
      openedByRuntime: lowering.inUserNamespace, field: field)
  }

  private func legacy(
    _ folder: CgroupFolder, _ name: String, on destination: String, _ options: MountOptions
  ) -> MountStep {
    let field = "\(self.field).\(name)"
    if lowering.hasCgroupNamespace {
      return MountStep(
        .filesystem(type: "cgroup", source: "cgroup", options: name.split(separator: ",").map(String.init)),
        on: destination, attributes: options.set, changes: options.changes(forFilesystem: true), field: field)
    }
    return MountStep(
      .bind(folder.leaf, recursive: false), on: destination, changes: options.changes(forFilesystem: false),
      openedByRuntime: lowering.inUserNamespace, field: field)
  }
}

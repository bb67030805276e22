import OCISpec

extension CgroupPlan {
  /// From limits to a plan for a new container. Pure: nothing is read, so a bad limit is found before anything
  /// is made.
  ///
  /// - Parameters:
  ///   - resources: `linux.resources`; nil, or all of it absent, needs one folder on cgroup v2 and no more.
  ///   - inherited: cgroup v1 hierarchies to join even though no limit asks for it: see
  ///     `CgroupLayout.inheritedHierarchies(for:)` and `CgroupLayout.countingHierarchies`.
  /// - Throws: `Failure` naming the field that is invalid, or whose controller this machine does not have.
  public static func lower(
    resources: LinuxResources?, path: CgroupPath, layout: CgroupLayout,
    inherited: [CgroupLayout.LegacyHierarchy] = []
  ) throws -> CgroupPlan {
    var lowering = CgroupLowering(layout: layout, path: path, current: nil)
    // People and engines expect statistics of every container, and children of a cgroup only have the files of
    // what their parent enabled. On a hybrid, where cgroup v2 holds little, only what is asked for.
    if layout.mode == .unified { lowering.plan.accounting = layout.unifiedControllers }
    for hierarchy in inherited { lowering.join(hierarchy) }
    if let resources {
      try lowering.lowerAll(resources)
      if !resources.devices.isEmpty { lowering.plan.devices = try DeviceFilter(rules: resources.devices) }
    }
    return lowering.plan
  }

  /// From limits to a plan for a live container. What is absent in `resources` stays as it is.
  ///
  /// - Throws: as `lower(resources:path:layout:inherited:)`.
  public static func lowerUpdate(
    resources: LinuxResources, path: CgroupPath, layout: CgroupLayout, current: CgroupCurrent
  ) throws -> CgroupPlan {
    var lowering = CgroupLowering(layout: layout, path: path, current: current)
    try lowering.lowerAll(resources)
    if !resources.devices.isEmpty { lowering.plan.devices = try DeviceFilter(rules: resources.devices) }
    return lowering.plan
  }
}

/// A plan in the making. Each controller's file adds its part.
///
/// Everywhere 0 and the empty string mean "not asked for", unless the spec gives them a meaning: engines send
/// them for absent values.
struct CgroupLowering {
  /// Where a controller's files are, as seen from the container's cgroup.
  enum Place {
    case unified(String)
    case legacy(String)
  }

  let layout: CgroupLayout
  let path: CgroupPath
  /// What is in force; nil for a new container, where everything is at the kernel's defaults.
  let current: CgroupCurrent?
  var plan: CgroupPlan

  init(layout: CgroupLayout, path: CgroupPath, current: CgroupCurrent?) {
    self.layout = layout
    self.path = path
    self.current = current
    plan = CgroupPlan(unified: CgroupFolder(mountPoint: layout.unified, path: path))
  }

  mutating func lowerAll(_ resources: LinuxResources) throws {
    if let memory = resources.memory { try lower(memory) }
    if let cpu = resources.cpu {
      try lower(cpu)
      try lowerPlacement(cpu)
    }
    if let pids = resources.pids { try lower(pids) }
    if let blockIO = resources.blockIO { try lower(blockIO) }
    try lower(resources.hugepageLimits)
    if let network = resources.network { try lower(network) }
    try lower(resources.rdma)
    // Last, so that a file written by name wins over one that came from a conversion.
    try lower(unified: resources.unified)
  }

  /// Finds the controller where it is bound, and notes what that takes: enabling on cgroup v2, or joining on v1.
  mutating func place(_ controller: CgroupController, for field: String) throws -> Place {
    if layout.unifiedControllers.contains(controller) {
      require(controller, for: field)
      return .unified(plan.unified.leaf)
    }
    if let hierarchy = layout.legacyHierarchy(of: controller) {
      join(hierarchy)
      return .legacy(hierarchy.mountPoint + path.text)
    }
    if !layout.isComplete {
      throw Failure(field, reason: "the cgroup v1 mounts were not looked for: the layout must be complete")
    }
    throw missing(controller, field)
  }

  mutating func require(_ controller: CgroupController, for field: String) {
    if !plan.required.contains(where: { $0.controller == controller }) {
      plan.required.append(ControllerRequest(controller, field: field))
    }
  }

  mutating func join(_ hierarchy: CgroupLayout.LegacyHierarchy) {
    if current?.joined.contains(hierarchy.mountPoint) == true { return }
    if !plan.legacy.contains(where: { $0.mountPoint == hierarchy.mountPoint }) {
      plan.legacy.append(
        CgroupFolder(mountPoint: hierarchy.mountPoint, path: path, controllers: hierarchy.controllers))
    }
  }

  mutating func write(
    _ folder: String, _ file: String, _ value: String, _ field: String, _ note: String,
    ifAbsent: CgroupWrite.Absence = .fails
  ) {
    plan.writes.append(
      CgroupWrite(folder + "/" + file, value, field: field, note: note, ifAbsent: ifAbsent))
  }

  private func missing(_ controller: CgroupController, _ field: String) -> Failure {
    let name = controller.legacyName
    if controller.isLegacyOnly {
      return Failure(
        field, reason: "this machine has no \(name) controller mounted, and cgroup v2 never has it",
        hint: "mount it: mount -t cgroup -o \(name) \(name) /sys/fs/cgroup/\(name)")
    }
    let versions = layout.mode == .unified ? "v2" : "v2 or v1"
    return Failure(
      field, reason: "this machine has no \(controller.rawValue) controller on cgroup \(versions)")
  }

  /// The error for a field that has no meaning where its controller is.
  func unsupported(_ field: String, _ reason: String) -> Failure { Failure(field, reason: reason) }
}

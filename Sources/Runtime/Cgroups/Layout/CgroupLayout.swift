/// Where the control groups of this machine are: plain data, so that lowering needs no machine.
///
/// Design: docs/design/0002-hybrid-cgroups.md.
public struct CgroupLayout: Equatable, Sendable {
  /// How the hierarchies are mounted.
  public enum Mode: String, Equatable, Sendable {
    /// Only cgroup v2, at `/sys/fs/cgroup`.
    case unified
    /// cgroup v2 beside cgroup v1 mounts that hold some of the controllers.
    case hybrid
  }

  /// One mounted cgroup v1 hierarchy.
  public struct LegacyHierarchy: Equatable, Sendable {
    /// Where it is mounted, as in `/sys/fs/cgroup/cpu,cpuacct`.
    public var mountPoint: String
    /// The cgroup that the mount shows as its root; `/` unless it was bound from a container's view.
    public var root: String
    /// Its controllers: one, or several that are mounted together.
    public var controllers: [CgroupController]

    public init(mountPoint: String, root: String = "/", controllers: [CgroupController]) {
      self.mountPoint = mountPoint
      self.root = root
      self.controllers = controllers
    }
  }

  public var mode: Mode
  /// Where cgroup v2 is mounted.
  public var unified: String
  /// The cgroup that the cgroup v2 mount shows as its root.
  public var unifiedRoot: String
  /// The controllers cgroup v2 really offers: `cgroup.controllers` of its root.
  public var unifiedControllers: [CgroupController]
  /// The cgroup v1 hierarchies; empty in unified mode.
  public var legacy: [LegacyHierarchy]
  /// Whether cgroup v1 mounts were looked for at all: see `detect(legacy:)`.
  public var isComplete: Bool

  public init(
    mode: Mode, unified: String, unifiedRoot: String = "/", unifiedControllers: [CgroupController],
    legacy: [LegacyHierarchy] = [], isComplete: Bool = true
  ) {
    self.mode = mode
    self.unified = unified
    self.unifiedRoot = unifiedRoot
    self.unifiedControllers = unifiedControllers
    self.legacy = legacy
    self.isComplete = isComplete
  }

  /// Whether a process is under its cgroup's memory limit as soon as it exists: cgroup v1 is joined later.
  var limitsMemoryFromBirth: Bool { unifiedControllers.contains(.memory) }

  /// The cgroup v1 hierarchy that holds a controller, nil where cgroup v2 or nobody has it.
  public func legacyHierarchy(of controller: CgroupController) -> LegacyHierarchy? {
    if unifiedControllers.contains(controller) { return nil }
    return legacy.first { $0.controllers.contains(controller) }
  }

  /// The cgroup v1 hierarchies that count what nothing else does: memory, processes, block I/O. CPU time is counted
  /// by the core of cgroup v2.
  public var countingHierarchies: [LegacyHierarchy] {
    legacy.filter { hierarchy in
      hierarchy.controllers.contains {
        [.memory, .pids, .io].contains($0) && !unifiedControllers.contains($0)
      }
    }
  }

  /// The layout that a mount table describes.
  ///
  /// - Parameters:
  ///   - mounts: the cgroup mounts of `/proc/self/mountinfo`, in its order.
  ///   - unifiedControllers: reads `cgroup.controllers` at a mount point.
  /// - Throws: `Failure` where no cgroup v2 is mounted at all.
  init(mounts: [CgroupMount], unifiedControllers: (_ mountPoint: String) throws -> [CgroupController]) throws
  {
    guard let unified = Self.best(mounts, where: { $0.version == 2 }) else {
      throw Failure(
        "find control groups", reason: "this machine mounts no cgroup v2 hierarchy",
        hint: "mount one: mkdir -p /sys/fs/cgroup/unified && "
          + "mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified")
    }
    var legacy: [LegacyHierarchy] = []
    for mount in mounts where mount.version == 1 {
      // A named hierarchy (`name=systemd`) has no controller: nothing can be limited there.
      guard let first = mount.controllers.first, !legacy.contains(where: { $0.controllers.contains(first) })
      else {
        continue
      }
      // The same hierarchy may be mounted several times.
      let mount = Self.best(mounts) { $0.version == 1 && $0.controllers.contains(first) } ?? mount
      legacy.append(
        LegacyHierarchy(mountPoint: mount.mountPoint, root: mount.root, controllers: mount.controllers))
    }
    self.init(
      mode: legacy.isEmpty ? .unified : .hybrid, unified: unified.mountPoint, unifiedRoot: unified.root,
      unifiedControllers: try unifiedControllers(unified.mountPoint), legacy: legacy)
  }

  /// Of several mounts of one hierarchy, the one people mean: where the whole hierarchy is visible, and in
  /// the usual place, because containers' own mounts of it may be visible too.
  private static func best(_ mounts: [CgroupMount], where fits: (CgroupMount) -> Bool) -> CgroupMount? {
    var best: CgroupMount?
    var bestRank = -1
    for mount in mounts where fits(mount) {
      let isUsual = mount.mountPoint == "/sys/fs/cgroup" || mount.mountPoint.hasPrefix("/sys/fs/cgroup/")
      let rank = (isUsual ? 2 : 0) + (mount.root == "/" ? 1 : 0)
      if rank > bestRank { (best, bestRank) = (mount, rank) }
    }
    return best
  }
}

import CShim
import OCISpec

extension CgroupLayout {
  /// Looks at the machine. It is on the way of every command: where everything is on cgroup v2 one `statfs` and
  /// one small read tell it all, on a hybrid the mount table is read too (0.1 ms).
  ///
  /// - Parameter legacy: false spares the mount table where only cgroup v2 matters, which holds everything but
  ///   limits: the result then is not complete, and what needs more looks again by itself.
  /// - Throws: `Failure` where no cgroup v2 is mounted, or a file cannot be read.
  public static func detect(legacy: Bool = true) throws -> CgroupLayout {
    try detect(legacy: legacy, usualMount: "/sys/fs/cgroup", mountTable: "/proc/self/mountinfo")
  }

  /// Looks at the machine as far as a new container needs it.
  ///
  /// - Throws: as `detect(legacy:)`.
  public static func detect(for path: CgroupPath, resources: LinuxResources?) throws -> CgroupLayout {
    var limits = resources ?? LinuxResources()
    limits.devices = []
    return try detect(legacy: limits != LinuxResources() || !path.isInDefaultParent)
  }

  static func detect(legacy: Bool, usualMount: String, mountTable: String) throws -> CgroupLayout {
    if shim_is_cgroup2(usualMount) == 1 {
      return CgroupLayout(
        mode: .unified, unified: usualMount, unifiedControllers: try controllers(at: usualMount))
    }
    let usualHybrid = usualMount + "/unified"
    if !legacy, shim_is_cgroup2(usualHybrid) == 1 {
      return CgroupLayout(
        mode: .hybrid, unified: usualHybrid, unifiedControllers: try controllers(at: usualHybrid),
        isComplete: false)
    }
    let mounts = try CgroupFile.withBytes(of: mountTable) { CgroupMount.parse($0) }
    return try CgroupLayout(mounts: mounts, unifiedControllers: controllers(at:))
  }

  private static func controllers(at mountPoint: String) throws -> [CgroupController] {
    try CgroupFile.withBytes(of: mountPoint + "/cgroup.controllers", parseControllers)
  }

  /// The names in `cgroup.controllers` or `cgroup.subtree_control`: separated by blanks, ended by a newline.
  static func parseControllers(_ text: UnsafeRawBufferPointer) -> [CgroupController] {
    var controllers: [CgroupController] = []
    var lines = ByteScanner(text)
    var names = ByteScanner(lines.next(until: UInt8(ascii: "\n")))
    while !names.isAtEnd {
      controllers.append(CgroupController(rawValue: names.next(until: UInt8(ascii: " ")).text))
    }
    return controllers
  }
}

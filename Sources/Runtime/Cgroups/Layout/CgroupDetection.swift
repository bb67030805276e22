import CShim

extension CgroupLayout {
  /// Looks at the machine: one `statfs` and one small read where everything is on cgroup v2, else one read of
  /// the mount table more. It is on the way of every command.
  ///
  /// - Throws: `Failure` where no cgroup v2 is mounted, or a file cannot be read.
  public static func detect() throws -> CgroupLayout {
    try detect(usualMount: "/sys/fs/cgroup", mountTable: "/proc/self/mountinfo")
  }

  static func detect(usualMount: String, mountTable: String) throws -> CgroupLayout {
    if shim_is_cgroup2(usualMount) == 1 {
      return CgroupLayout(
        mode: .unified, unified: usualMount, unifiedControllers: try controllers(at: usualMount))
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

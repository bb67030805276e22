/// A line of `/proc/self/mountinfo` that mounts a cgroup hierarchy. Source: proc_pid_mountinfo(5).
struct CgroupMount: Equatable, Sendable {
  var mountPoint: String
  /// The part of the hierarchy that the mount shows.
  var root: String
  /// 1 or 2.
  var version: Int
  /// For version 1 the controllers among the options of the superblock.
  var controllers: [CgroupController]
}

extension CgroupMount {
  /// The cgroup mounts in a mount table; other lines cost a scan, but no allocation.
  static func parse(_ table: UnsafeRawBufferPointer) -> [CgroupMount] {
    var mounts: [CgroupMount] = []
    var lines = ByteScanner(table)
    while !lines.isAtEnd {
      if let mount = CgroupMount(line: lines.next(until: UInt8(ascii: "\n"))) { mounts.append(mount) }
    }
    return mounts
  }

  /// `ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [TAG…] - TYPE SOURCE SUPER-OPTIONS`
  private init?(line: UnsafeRawBufferPointer) {
    let blank = UInt8(ascii: " ")
    var fields = ByteScanner(line)
    for _ in 0..<3 { _ = fields.next(until: blank) }
    let root = fields.next(until: blank)
    let mountPoint = fields.next(until: blank)
    // The tags may be many or none; a lone dash ends them.
    while !fields.isAtEnd, !fields.next(until: blank).equals("-") {}
    let type = fields.next(until: blank)
    guard type.equals("cgroup2") || type.equals("cgroup") else { return nil }
    version = type.equals("cgroup2") ? 2 : 1
    _ = fields.next(until: blank)
    if fields.isAtEnd { return nil }
    var options = ByteScanner(fields.next(until: blank))
    controllers = []
    while version == 1, !options.isAtEnd {
      let option = options.next(until: UInt8(ascii: ","))
      if let controller = CgroupController(legacyOption: option.text) { controllers.append(controller) }
    }
    self.root = root.unescapedPath
    self.mountPoint = mountPoint.unescapedPath
  }
}

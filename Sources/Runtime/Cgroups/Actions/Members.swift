import Glibc

extension Cgroup {
  /// The processes in the cgroup and in those the payload made below it, as pids of our pid namespace; 0 for
  /// one that has none there. A cgroup that is gone has none.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func pids() throws -> [pid_t] { try Self.pids(in: folder) }

  /// Whether a live process is anywhere in the cgroup; false where it is gone. Zombies do not count.
  public func isPopulated() throws -> Bool {
    try CgroupFile.readIfThere(folder + "/cgroup.events")?.contains("populated 1") ?? false
  }

  static func pids(in folder: String) throws -> [pid_t] {
    var pids: [pid_t] = []
    try appendPids(in: folder, to: &pids)
    return pids
  }

  private static func appendPids(in folder: String, to pids: inout [pid_t]) throws {
    // A threaded cgroup has no list of its own: its processes are in the list of the cgroup it is a part of.
    guard let text = try CgroupFile.readIfThere(folder + "/cgroup.procs") else { return }
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      if let pid = pid_t(Substring(line)) { pids.append(pid) }
    }
    for child in try children(of: folder) { try appendPids(in: folder + "/" + child, to: &pids) }
  }

  /// The names of the cgroups directly below one; none where it is gone.
  static func children(of folder: String) throws -> [String] {
    try entries(of: folder, type: DT_DIR).filter { $0 != "." && $0 != ".." }
  }

  /// What stands for `*` in the names of a folder's files.
  static func files(of folder: String, prefix: String, suffix: String, type: Int = DT_REG) throws -> [String]
  {
    try entries(of: folder, type: type).compactMap { name in
      guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
      return String(name.dropFirst(prefix.count).dropLast(suffix.count))
    }
  }

  /// The corresponding C function is `readdir`.
  private static func entries(of folder: String, type: Int) throws -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw Failure("list", folder, errno: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      guard entry.pointee.d_type == UInt8(type) else { continue }
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }
}

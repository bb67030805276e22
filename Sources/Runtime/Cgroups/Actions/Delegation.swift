import Glibc

extension Cgroup {
  /// Hands the cgroup over to the container: a payload with a cgroup namespace and a writable `/sys/fs/cgroup`, as
  /// systemd wants, then makes cgroups of its own below it. Its limits stay ours. Source: runtime-spec 1.3.0,
  /// config-linux.md, "Cgroup ownership"; only cgroup v2, since delegation is not safe on v1.
  ///
  /// - Parameters:
  ///   - uid: the host's number of the user that runs the payload.
  ///   - gid: the group to give it to; nil leaves it as it is.
  /// - Throws: `Failure` with the file and the error number.
  public func delegate(uid: uid_t, gid: gid_t? = nil) throws {
    let list =
      try CgroupFile.readIfThere("/sys/kernel/cgroup/delegate")
      ?? "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n"
    try Self.give(folder, uid, gid)
    for name in list.split(separator: "\n") {
      do {
        try Self.give(folder + "/" + name, uid, gid)
      } catch let failure as Failure where failure.errno == ENOENT {
        continue  // the list names files of controllers that are not here
      }
    }
  }

  private static func give(_ path: String, _ uid: uid_t, _ gid: gid_t?) throws {
    if lchown(path, uid, gid ?? gid_t.max) != 0 { throw Failure("change the owner of", path, errno: errno) }
  }
}

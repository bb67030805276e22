import Glibc

extension Cgroup {
  /// Hands the cgroup over to the container: a payload with a cgroup namespace and a writable `/sys/fs/cgroup`, as
  /// systemd wants, then makes cgroups of its own below it. Its limits stay ours. Source: runtime-spec 1.3.0,
  /// config-linux.md, "Cgroup ownership"; only cgroup v2, since delegation is not safe on v1.
  ///
  /// - Parameters:
  ///   - uid: the host's number of the user that runs the payload.
  ///   - gid: the group to give it to; nil leaves it as it is.
  ///   - listener: told of each change of an owner.
  /// - Throws: `Failure` with the file and the error number.
  public func delegate(uid: uid_t, gid: gid_t? = nil, telling listener: KernelCallListener = .nobody) throws {
    let list =
      try CgroupFile.readIfThere("/sys/kernel/cgroup/delegate").map {
        $0.split(separator: "\n").map(String.init)
      } ?? Self.alwaysDelegated
    try Self.give(folder, uid, gid, listener)
    for name in list {
      do {
        try Self.give(folder + "/" + name, uid, gid, listener)
      } catch let failure as Failure where failure.errno == ENOENT {
        continue  // the list names files of controllers that are not here
      }
    }
  }

  /// The files that every kernel delegates.
  static let alwaysDelegated = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control"]

  private static func give(
    _ path: String, _ uid: uid_t, _ gid: gid_t?, _ listener: KernelCallListener
  ) throws {
    let group = gid ?? gid_t.max
    let result = lchown(path, uid, group)
    listener.tell(.lchown(path, uid: uid, gid: group), result < 0 ? -errno : 0)
    if result != 0 { throw Failure("change the owner of", path, errno: errno) }
  }
}

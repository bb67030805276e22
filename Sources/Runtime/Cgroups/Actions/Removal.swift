import CShim
import Glibc

extension Cgroup {
  /// Removes the cgroup from every hierarchy, with the cgroups the payload made below it. Parents stay, since
  /// others may rely on them; what is gone already is fine.
  ///
  /// - Parameters:
  ///   - deadline: how long to wait for dying processes to be gone, in milliseconds.
  ///   - legacy: whether there may be folders on cgroup v1; false spares looking for them.
  /// - Throws: `Failure` with the folder and the error number, `EBUSY` where a process lives on.
  public func remove(deadline: Int = 10_000, legacy: Bool = true) throws {
    let deadline = CgroupDeadline(in: deadline)
    try Self.remove(folder, until: deadline) { folder, deadline in
      try Self.wait(for: "populated 0", in: folder, until: deadline)
    }
    guard legacy else { return }
    // The container has no folder in most of them: an rmdir that finds nothing is cheaper than a list to keep.
    for folder in try completed().legacyFolders {
      try Self.remove(folder.leaf, until: deadline, wait: Self.waitForEnds)
    }
  }

  /// Removes the cgroup on cgroup v2 if nobody is in it and nothing below, as nearly always when the first process
  /// of a pid namespace has ended. Returns whether it is gone. The corresponding C function is `rmdir`.
  func removesAtOnce() -> Bool { rmdir(folder) == 0 || errno == ENOENT }

  /// Bottom up; each turn waits until something has changed.
  private static func remove(
    _ folder: String, until deadline: CgroupDeadline, wait: (String, CgroupDeadline) throws -> Bool
  ) throws {
    while rmdir(folder) != 0 {
      let code = errno
      if code == ENOENT { return }
      if code != EBUSY && code != EINTR { throw Failure("remove cgroup", folder, errno: code) }
      for child in try children(of: folder) { try remove(folder + "/" + child, until: deadline, wait: wait) }
      if rmdir(folder) == 0 || errno == ENOENT { return }
      // Also when nothing is left to wait for, the deadline ends the loop.
      if try !wait(folder, deadline) || deadline.milliseconds == 0 {
        throw Failure("remove cgroup", folder, errno: code)
      }
    }
  }

  /// cgroup v1 notifies nobody: wait for the end of each process there.
  private static func waitForEnds(in folder: String, until deadline: CgroupDeadline) throws -> Bool {
    for pid in try pids(in: folder) where pid != 0 {
      var result = -EINTR
      while result == -EINTR { result = shim_wait_for_end(pid, deadline.milliseconds) }
      if result < 0 { throw Failure("wait for process", String(pid), errno: -result) }
      if result == 0 { return false }
    }
    return true
  }
}

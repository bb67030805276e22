import Glibc

extension Cgroup {
  /// Kills every process of the container at once, also a frozen one, and does not wait. A cgroup that is gone has
  /// none. Source: `cgroup.kill`, admin-guide/cgroup-v2.rst.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func kill() throws {
    let file = folder + "/cgroup.kill"
    switch CgroupFile.write("1", to: file) {
    case 0: return
    // Removed by systemd meanwhile, before the file was opened or after.
    case ENOENT where access(folder, F_OK) != 0: return
    case ENODEV: return
    case ENOENT: try signal(SIGKILL)  // before Linux 5.14
    case let code: throw Failure("write 1 to", file, errno: code)
    }
  }

  /// Gives those that are to end the largest share of processor time. Whoever is idle, or weighs next to nothing, gets
  /// none beside others that spin, and comes to no end. What the kernel refuses is left as it is.
  ///
  /// - Throws: `Failure` as `CgroupLayout.detect(legacy:)`.
  func hasten() throws {
    let layout = try completed().layout
    let legacy = layout.legacyHierarchy(of: .cpu)
    let folder = legacy.map { $0.mountPoint + path.text } ?? folder
    // Who is idle has no weight.
    _ = CgroupFile.write("0", to: folder + "/cpu.idle")
    _ = CgroupFile.write(
      legacy == nil ? "10000" : "262144", to: folder + (legacy == nil ? "/cpu.weight" : "/cpu.shares"))
  }

  /// Sends a signal to every process of the container, those that are born meanwhile included.
  ///
  /// - Throws: `Failure` with the process and the error number.
  public func signal(_ number: CInt) throws {
    // In a frozen cgroup nothing forks: the list is complete. One that the user has paused stays so.
    let wasFrozen = try isFrozen()
    let froze = !wasFrozen && (try? freeze(deadline: 1000)) != nil
    defer { if froze { try? thaw() } }
    for pid in try pids() where pid != 0 {
      if Glibc.kill(pid, number) != 0, errno != ESRCH {
        throw Failure("signal \(number) to process", String(pid), errno: errno)
      }
    }
  }
}

import Glibc

extension CgroupFolder {
  /// The file through which a thread moves itself into a cgroup v1 hierarchy, by writing 0.
  ///
  /// A single-threaded init that does so joins in microseconds; anyone else writing its pid to `cgroup.procs`
  /// waits for an RCU grace period of the whole machine, some 10 ms. Design: docs/design/0002-hybrid-cgroups.md.
  public var tasksFile: String { leaf + "/tasks" }

  /// The file through which a process is moved with all its threads.
  public var processesFile: String { leaf + "/cgroup.procs" }

  /// Opens `tasksFile` for writing, to be handed to an init that is to join by itself. The kernel checks the
  /// right to join with the opener's credentials. The corresponding C function is `open`.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func openTasks() throws -> OwnedFD {
    let descriptor = CgroupFile.openRetrying(tasksFile, O_WRONLY | O_CLOEXEC)
    if descriptor < 0 { throw Failure("open", tasksFile, errno: errno) }
    return OwnedFD(descriptor)
  }

  /// Moves a process with all its threads into the cgroup.
  ///
  /// - Throws: `Failure` with the file and the error number; `ESRCH` where there is no such process.
  public func join(_ pid: pid_t) throws {
    let code = CgroupFile.write(String(pid), to: processesFile)
    if code != 0 { throw Failure("move process \(pid) to", leaf, errno: code) }
  }
}

extension Cgroup {
  /// Moves every process of the container into a cgroup v1 hierarchy. Memory they use already stays charged to
  /// where they come from.
  func moveAll(into folder: CgroupFolder) throws {
    // A process may fork while we move: its child is born where the parent is, so a list taken after all in the
    // former list were moved holds fewer and fewer strangers.
    for _ in 0..<64 {
      let there = Set(try Self.pids(in: folder.leaf))
      let strangers = try pids().filter { $0 != 0 && !there.contains($0) }
      if strangers.isEmpty { return }
      for pid in strangers {
        do {
          try folder.join(pid)
        } catch let failure as Failure where failure.errno == ESRCH {
          continue  // it has ended
        }
      }
    }
    throw Failure(
      "move the container's processes to", folder.leaf, reason: "they multiply faster than they move")
  }
}

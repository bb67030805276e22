import Glibc
import OCISpec

extension Container {
  /// Removes a container that has stopped or was never started; `force` ends one that lives.
  public func delete(force: Bool = false) throws {
    switch try status() {
    case .stopped, .created: break
    case let status where !force:
      throw Failure(
        "cannot delete container \(id) that is not stopped", reason: status.rawValue,
        hint: "kill it first, or use --force")
    default: break
    }
    try remove()
  }

  /// Ends what lives and removes what is there, in an order that leaves the state to find the rest by when this
  /// is interrupted.
  func remove() throws {
    if let process = record.process.open() {
      process.signal(SIGKILL)
      if !Self.ends(process, within: 1000) {
        // Not at once: nearly always this is not needed.
        try? cgroup()?.hasten()
        _ = Self.ends(process, within: 9000)
      }
      // Reaped where it is our child.
      _ = process.wait()
      close(process.pidfd)
    }
    if record.usesSystemd {
      try removeUnit()
    } else if let cgroup = try cgroup() {
      if !cgroup.removesAtOnce() { try cgroup.kill() }
      try cgroup.remove(legacy: record.usesLegacyCgroups)
    }
    if let resctrl = record.resctrl { try ResctrlGroup().remove(resctrl) }
    if Files.exists(configFile) { try? runHooks(.poststop, nil) }
    try removeFolder()
  }

  /// - Parameter milliseconds: how long to wait for it.
  private static func ends(_ process: LaunchedProcess, within milliseconds: CInt) -> Bool {
    var polled = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
    var result = poll(&polled, 1, milliseconds)
    while result < 0 && errno == EINTR { result = poll(&polled, 1, milliseconds) }
    return result > 0
  }

  private func removeFolder() throws {
    // The record last: as long as it is there, the container can be found and deleted again.
    for file in [gateFile, startReportFile, configFile, folder + "/state.json"] { unlink(file) }
    for name in Files.names(in: folder) { unlink(folder + "/" + name) }
    if rmdir(folder) != 0 && errno != ENOENT { throw Failure("remove", folder, errno: errno) }
  }
}

import Glibc

extension Container {
  /// Ends and removes the unit of systemd that is the container's cgroup.
  func removeUnit() throws {
    // Where there is none, the launch was cut short before it was noted: nobody but systemd's placeholder can have been
    // in it, which ends by itself and takes the scope along. A unit of that name now is somebody else's.
    guard let start = record.unit, let path = record.cgroup else { return }
    let unit = SystemdUnit(recorded: path)
    if let cgroup = try cgroup() {
      try cgroup.kill()
      try cgroup.waitUntilEmpty()
      // Usually systemd has collected it when its last process ended, and need not be asked.
      if !Files.exists(cgroup.folder), !Self.isLoaded(unit) { return }
    }
    _ = try SystemdProgram.ask(["stop", unit.name, start.invocation], "stop systemd unit", unit.name)
    try self.cgroup()?.remove(legacy: false)
  }

  /// Whether systemd still has the unit: it keeps a file of each transient one. Source: systemd.unit(5), "Unit File
  /// Load Path".
  private static func isLoaded(_ unit: SystemdUnit) -> Bool {
    let folder =
      geteuid() == 0
      ? "/run" : getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? "/run/user/\(geteuid())"
    return Files.exists(folder + "/systemd/transient/" + unit.name)
  }
}

import Glibc

extension Cgroup {
  /// Stops every process of the container, and waits until all have stopped.
  ///
  /// - Parameter deadline: in milliseconds; when it passes the cgroup is thawed again.
  /// - Throws: `Failure` with the file and the error number, or saying that a process did not stop.
  public func freeze(deadline: Int = 10_000) throws {
    try writeFreeze("1")
    if try Self.wait(for: "frozen 1", in: folder, until: CgroupDeadline(in: deadline)) { return }
    try? writeFreeze("0")
    throw Failure(
      "freeze cgroup", folder, reason: "a process did not stop within \(deadline) ms",
      hint: "it waits in the kernel, for a disk or a network file system")
  }

  /// Lets the container's processes go on, and waits until the kernel has let them.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func thaw() throws {
    try writeFreeze("0")
    if try !Self.wait(for: "frozen 0", in: folder, until: CgroupDeadline(in: 10_000)) {
      throw Failure("thaw cgroup", folder, reason: "a cgroup above it is frozen")
    }
  }

  /// Whether the container's own cgroup was asked to freeze; false where it is gone.
  public func isFrozen() throws -> Bool {
    try CgroupFile.readIfThere(folder + "/cgroup.freeze")?.hasPrefix("1") ?? false
  }

  private func writeFreeze(_ value: String) throws {
    let file = folder + "/cgroup.freeze"
    let code = CgroupFile.write(value, to: file)
    if code == 0 { return }
    throw Failure(
      "write \(value) to", file, errno: code, hint: code == ENOENT ? "freezing needs Linux 5.2" : nil)
  }
}

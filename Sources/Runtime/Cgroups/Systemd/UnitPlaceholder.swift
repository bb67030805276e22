import Glibc

/// One start of a unit: names can be used again, these numbers are not.
public struct UnitStart: Equatable, Sendable {
  /// systemd's, in hexadecimal digits; empty where it is too old to tell.
  public var invocation: String
  /// The kernel's: the inode of the cgroup's folder.
  public var cgroupNumber: UInt64
}

/// The process that holds a new scope until the container's first process is in it; a slice needs none, but is made
/// in the same way. When this is let go of, so is the scope.
final class UnitPlaceholder {
  private var run: SystemdProgram.Run?

  /// Has systemd start the unit.
  ///
  /// - Throws: `Failure` naming the unit, with what systemd says; the unit is not ours then, or collected.
  func start(_ plan: UnitPlan, in hierarchy: String, telling listener: KernelCallListener) throws -> UnitStart
  {
    let run = try SystemdProgram.start(["start"] + plan.words, telling: listener)
    let answer = try run.answer("start systemd unit", plan.unit.name)
    guard let folder = answer.first, folder == plan.unit.path else {
      throw Failure(
        "start systemd unit", plan.unit.name,
        reason: "its cgroup is \(answer.first ?? "nowhere") where \(plan.unit.path) was expected")
    }
    var status = stat()
    if stat(hierarchy + folder, &status) != 0 {
      throw Failure("find cgroup", hierarchy + folder, errno: errno)
    }
    self.run = run
    return UnitStart(
      invocation: answer.count > 1 ? String(answer[1]) : "", cgroupNumber: UInt64(status.st_ino))
  }

  /// Ends the process, now that the scope has another, and writes the limits that had to wait for that.
  func leave(_ plan: UnitPlan, telling listener: KernelCallListener) throws {
    run?.finish()
    run = nil
    for write in plan.lateWrites { try Cgroup.write(write, telling: listener) }
  }
}

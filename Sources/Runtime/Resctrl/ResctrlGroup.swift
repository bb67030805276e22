import Glibc
import OCISpec

/// Makes, enters and removes resctrl groups.
///
/// The calls that make and remove folders can be replaced for tests: an ordinary folder has no files from birth.
struct ResctrlGroup {
  var makeFolder: (String) -> CInt = { mkdir($0, 0o755) == 0 ? 0 : errno }
  var removeFolder: (String) -> CInt = { rmdir($0) == 0 ? 0 : errno }

  /// Makes what a plan asks for and puts its schemata in force. What is new is removed again when a later call
  /// fails.
  ///
  /// - Throws: `Failure` or `SpecError` naming the field; of kind `notOurs` where what should be the
  ///   container's own was made by somebody else meanwhile.
  func prepare(_ plan: ResctrlPlan, telling listener: KernelCallListener = .nobody) throws {
    // Who finds a shared class must find it complete. Source: "Locking" in resctrl.rst.
    let root = try Files.open(plan.mountPoint, O_RDONLY | O_DIRECTORY)
    while flock(root.raw, LOCK_EX) != 0 && errno == EINTR {}
    switch plan.group {
    case .new(let folder):
      let code = make(folder, listener)
      if code == EEXIST { throw taken(folder) }
      if code != 0 { throw failure("linux.intelRdt: make class of service", folder, code, plan) }
      try complete(plan, plan.writes, isNew: true, listener)
    case .found: try complete(plan, plan.writes, isNew: false, listener)
    case .shared(let folder, let mayMake):
      let code = mayMake ? make(folder, listener) : Files.exists(folder) ? EEXIST : ENOENT
      switch code {
      case 0: try complete(plan, plan.writes, isNew: true, listener)
      case EEXIST:
        try compare(plan)
        let own = plan.writes.filter { $0.field == ResctrlPlan.schemataField }
        try complete(plan, own, isNew: false, listener)
      case ENOENT where !mayMake:
        throw SpecError(
          "linux.intelRdt.closID", "there is no class of service \(folder)",
          hint: "make it, or give its schemata")
      default: throw failure("linux.intelRdt.closID: make class of service", folder, code, plan)
      }
    }
  }

  private func complete(
    _ plan: ResctrlPlan, _ writes: [ResctrlPlan.Write], isNew: Bool, _ listener: KernelCallListener
  ) throws {
    do {
      try write(writes, plan, listener)
      try monitor(plan, listener)
    } catch {
      // Nobody who heeds the lock has entered it yet, not even where it is to be shared.
      if isNew { _ = removeFolder(plan.group.folder) }
      throw error
    }
  }

  /// Moves a process into its groups. The corresponding C function is `write`.
  static func join(_ tasks: [String], _ pid: pid_t, telling listener: KernelCallListener = .nobody)
    throws(Failure)
  {
    for file in tasks {
      let code = CgroupFile.write(Decimal.text(pid), to: file, telling: listener)
      if code != 0 { throw Failure("linux.intelRdt: write \(pid) to", file, errno: code) }
    }
  }

  /// Removes what is the container's own; what is gone already is fine. The corresponding C function is `rmdir`.
  func remove(_ record: ResctrlRecord) throws(Failure) {
    for folder in [record.monitor, record.ownsGroup ? record.group : nil] {
      guard let folder else { continue }
      let code = removeFolder(folder)
      if code != 0 && code != ENOENT { throw Failure("remove resctrl group", folder, errno: code) }
    }
  }

  private func make(_ folder: String, _ listener: KernelCallListener) -> CInt {
    let code = makeFolder(folder)
    listener.tell(.mkdir(folder, mode: 0o755), -code)
    return code
  }

  private func monitor(_ plan: ResctrlPlan, _ listener: KernelCallListener) throws {
    guard let folder = plan.monitor else { return }
    let code = make(folder, listener)
    if code == 0 { return }
    if code == EEXIST { throw taken(folder) }
    if code == ENOENT {
      throw SpecError("linux.intelRdt.enableMonitoring", "this machine cannot monitor: there is no \(folder)")
    }
    throw failure("linux.intelRdt.enableMonitoring: make monitoring group", folder, code, plan)
  }

  private func write(_ writes: [ResctrlPlan.Write], _ plan: ResctrlPlan, _ listener: KernelCallListener)
    throws
  {
    let file = plan.group.folder + "/schemata"
    for write in writes {
      let code = CgroupFile.write(write.text, to: file, telling: listener)
      if code != 0 {
        let value = write.lines.joined(separator: " ")
        throw failure("\(write.field): write \(value) to", file, code, plan)
      }
    }
  }

  /// Others are in a class that exists: what a container takes for granted of it must hold.
  /// `schemata` is written instead, as the specification has it.
  private func compare(_ plan: ResctrlPlan) throws {
    let file = plan.group.folder + "/schemata"
    let wanted = plan.writes.filter { $0.field != ResctrlPlan.schemataField }
    if wanted.isEmpty { return }
    let lines = try CgroupFile.read(file).split(separator: "\n")
    let inForce = ResctrlSchemata(lines)
    for write in wanted {
      guard let different = ResctrlSchemata(write.lines).firstDifference(from: inForce) else { continue }
      throw SpecError(
        write.field,
        "differs from what is in force in \(file), at \(different.resource) of \(different.domain)",
        hint: "choose another closID, or take over its values")
    }
  }

  private func taken(_ folder: String) -> Failure {
    var failure = Failure("linux.intelRdt: make", folder, errno: EEXIST, hint: "it belongs to somebody else")
    failure.kind = .notOurs
    return failure
  }

  /// The kernel tells more of what it refused than a number.
  private func failure(_ operation: String, _ path: String, _ code: CInt, _ plan: ResctrlPlan) -> Failure {
    let status = try? CgroupFile.read(plan.mountPoint + "/info/last_cmd_status")
    let words = status?.split(separator: "\n").first.map(String.init) ?? "ok"
    return Failure(operation, path, reason: words == "ok" ? nil : words, errno: code)
  }
}

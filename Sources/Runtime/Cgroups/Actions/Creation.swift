import Glibc

extension Cgroup {
  /// Makes the cgroup that a plan describes and puts its limits in force. A cgroup that is there already is taken
  /// over as long as nobody is in it. What is new is removed again when a later step fails.
  ///
  /// Returns whether it is new.
  ///
  /// - Throws: `Failure` naming the field, file and value that failed, or saying that the cgroup is in use.
  public static func create(
    _ plan: CgroupPlan, layout: CgroupLayout, telling listener: KernelCallListener = .nobody
  ) throws -> (cgroup: Cgroup, isNew: Bool) {
    let cgroup = Cgroup(layout: layout, path: plan.unified.path)
    if plan.isUnit {
      // Made by systemd, which also takes it away again; it is as new as one of our own.
      try cgroup.apply(plan, isNew: true, telling: listener)
      return (cgroup, true)
    }
    let isNew = try make(plan.unified, telling: listener)
    if !isNew { try cgroup.refuseIfInUse() }
    do {
      try cgroup.apply(plan, isNew: isNew, telling: listener)
    } catch {
      // The first failure is the one to tell.
      if isNew { try? cgroup.remove(deadline: 0) }
      throw error
    }
    return (cgroup, isNew)
  }

  private func apply(_ plan: CgroupPlan, isNew: Bool, telling listener: KernelCallListener) throws {
    try prepare(plan, telling: listener)
    try limit(plan, telling: listener)
    try filterDevices(plan, isNew: isNew, telling: listener)
  }

  /// Sees to it that the files are there which a plan writes to.
  func prepare(_ plan: CgroupPlan, telling listener: KernelCallListener = .nobody) throws {
    for folder in plan.legacy { _ = try Self.make(folder, telling: listener) }
    try Self.enable(plan, telling: listener)
    for folder in plan.cpusetFolders { try Self.inheritCpuset(folder, telling: listener) }
  }

  func limit(_ plan: CgroupPlan, telling listener: KernelCallListener = .nobody) throws {
    for write in plan.writes { try Self.write(write, telling: listener) }
  }

  func filterDevices(_ plan: CgroupPlan, isNew: Bool, telling listener: KernelCallListener = .nobody) throws {
    if let filter = plan.devices { try Self.filter(folder, by: filter, isNew: isNew, telling: listener) }
  }

  /// Puts a device filter in force on a folder of cgroup v2.
  ///
  /// - Parameter isNew: the cgroup has none of ours yet.
  static func filter(
    _ folder: String, by filter: DeviceFilter, isNew: Bool, telling listener: KernelCallListener = .nobody
  ) throws {
    if isNew && filter.allowsEverything { return }
    // bpf(2) takes no O_PATH descriptor.
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    let descriptor = CgroupFile.openRetrying(folder, flags)
    listener.tell(.openat(.current, folder, UInt64(flags)), descriptor < 0 ? -errno : descriptor)
    if descriptor < 0 { throw Failure("open cgroup", folder, errno: errno) }
    try filter.attach(to: OwnedFD(descriptor), of: folder, replacing: !isNew, telling: listener)
  }

  /// Makes one cgroup, and its parents where they are missing. The corresponding C function is `mkdir`.
  ///
  /// Returns whether it is new.
  static func make(_ folder: CgroupFolder, telling listener: KernelCallListener = .nobody) throws -> Bool {
    func mkdir(_ path: String, _ mode: mode_t) -> CInt {
      let result = Glibc.mkdir(path, mode)
      listener.tell(.mkdir(path, mode: mode), result < 0 ? -errno : 0)
      return result
    }

    // Nearly always the parents are there. Where they are not, another runtime may be removing one of them just
    // now: hence several turns.
    for _ in 0..<16 {
      if mkdir(folder.leaf, 0o755) == 0 { return true }
      if errno == EEXIST { return false }
      if errno != ENOENT { throw Failure("make cgroup", folder.leaf, errno: errno) }
      for parent in folder.parents where mkdir(parent, 0o755) != 0 && errno != EEXIST && errno != ENOENT {
        throw Failure("make cgroup", parent, errno: errno)
      }
    }
    throw Failure("make cgroup", folder.leaf, errno: ENOENT)
  }

  /// Two containers in one cgroup would freeze, kill and remove each other. Source: runtime-spec 1.3.0,
  /// config-linux.md, "Control groups".
  private func refuseIfInUse() throws {
    let events = try CgroupFile.read(folder + "/cgroup.events")
    let reason =
      events.contains("populated 1")
      ? "it is in use: there are processes in it" : events.contains("frozen 1") ? "it is frozen" : nil
    guard let reason else { return }
    var refusal = Failure("use cgroup", folder, reason: reason)
    refusal.kind = .cgroupInUse
    throw refusal
  }

  /// A cgroup v1 cpuset without CPUs or memory nodes can hold no process: it takes its parent's.
  static func inheritCpuset(_ folder: String, telling listener: KernelCallListener = .nobody) throws {
    let parent = folder[..<folder.lastIndex(of: "/")!]
    for name in ["cpuset.cpus", "cpuset.mems"] {
      let file = folder + "/" + name
      if try CgroupFile.read(file) != "\n" { continue }
      let value = try CgroupFile.read(parent + "/" + name)
      let code = CgroupFile.write(value, to: file, telling: listener)
      if code != 0 { throw Failure("write the parent's value to", file, errno: code) }
    }
  }

  static func check(_ check: CgroupCheck) throws {
    var usage: Int64 = 0
    for file in check.usage {
      usage += try CgroupFile.readIfThere(file).flatMap { Int64($0.prefix { $0 != "\n" }) } ?? 0
    }
    if usage >= check.limit {
      throw Failure(
        check.field, reason: "\(check.limit) bytes are less than what is in use, \(usage) bytes",
        hint: "checkBeforeUpdate is set")
    }
  }

  /// Writes one limit. The corresponding C function is `write`.
  static func write(_ write: CgroupWrite, telling listener: KernelCallListener = .nobody) throws {
    let code = CgroupFile.write(write.value, to: write.file, telling: listener)
    if code == 0 { return }
    if code == ENOENT {
      switch write.ifAbsent {
      case .fails: break
      case .isFine: return
      case .instead(let file, let value):
        return try Self.write(
          CgroupWrite(file, value, field: write.field, note: write.note), telling: listener)
      }
    }
    let value = write.value == "\n" ? "an empty line" : write.value
    throw Failure("\(write.field): write \(value) to", write.file, errno: code, hint: hint(code, write))
  }

  private static func hint(_ code: CInt, _ write: CgroupWrite) -> String? {
    switch code {
    case ENOENT: "this kernel does not have the file"
    case EBUSY where write.field.hasPrefix("linux.resources.memory"): "more than that is in use"
    case ENODEV where write.field.contains("Device["): "no such block device, or it is a partition"
    default: nil
    }
  }
}

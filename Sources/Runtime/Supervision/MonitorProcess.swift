import CShim
import Glibc

/// The birth of the process that stays with a container.
public enum MonitorProcess {
  /// The cgroup of all monitors, beside those of the containers: they outlive the service, and the session, of
  /// whoever started them, and count for no container. No container can be called so: `~` is in no ID.
  static let cgroup = CgroupPath.defaultParent + "/~monitors"

  /// Starts a program as a monitor, with nothing of this process's environment, and of its descriptors only those named,
  /// by their numbers here.
  ///
  /// - Parameter arguments: the name first.
  public static func start(_ program: String, _ arguments: [String], keeping kept: [CInt]) throws(Failure) {
    let executable = try Files.open(program, KernelFlags.path)
    let (report, theirs) = try PacketSocket.pair()
    defer {
      close(report)
      close(theirs)
    }
    let memory = ChildMemory(arguments: arguments, kept: kept)
    let group = openCgroup()
    defer { if group >= 0 { close(group) } }
    memory.launch.pointee.cgroup = group
    memory.launch.pointee.program = executable.raw
    memory.launch.pointee.report = theirs
    memory.launch.pointee.first_unknown = 3
    // It shares this process's memory up to its exec, which is waited for.
    memory.launch.pointee.waits = 1
    var pidfd: CInt = -1
    let pid = shim_launch(memory.launch, &pidfd)
    if pid < 0 { throw Failure("start", program, errno: -pid) }
    close(pidfd)
    var failed = plan_report()
    let size = MemoryLayout<plan_report>.size
    if recv(report, &failed, size, CInt(MSG_DONTWAIT)) == size {
      waitpid(pid, nil, 0)
      throw Failure("start", program, errno: CInt(-failed.result))
    }
  }

  /// The monitors' cgroup, made where it is missing; -1 where there is no cgroup v2. To be born there takes no time: to
  /// move there later would wait for all processors.
  private static func openCgroup() -> CInt {
    guard let layout = try? CgroupLayout.detect(legacy: false) else { return -1 }
    let folder = layout.unified + cgroup
    let flags = KernelFlags.path | O_DIRECTORY | O_CLOEXEC
    let opened = open(folder, flags)
    if opened >= 0 || errno != ENOENT { return opened }
    try? Files.makeFolders(folder, mode: 0o755)
    return open(folder, flags)
  }

  /// Leaves the cgroup v1 hierarchies' groups that this process was born in.
  public static func leaveLegacyCgroups() {
    guard let membership = try? CgroupMembership(of: getpid()) else { return }
    let strange = membership.lines.filter { !$0.controllers.isEmpty && $0.path != "/" }
    guard !strange.isEmpty, let layout = try? CgroupLayout.detect() else { return }
    for line in strange {
      let hierarchy = layout.legacy.first { hierarchy in
        hierarchy.controllers.contains { known in line.controllers.contains { $0 == known.legacyName } }
      }
      let mountPoint =
        hierarchy?.mountPoint ?? (line.controllers == ["name=systemd"] ? "/sys/fs/cgroup/systemd" : nil)
      // One thread may move itself at once; through `cgroup.procs` it would wait.
      if let mountPoint { try? Files.set(mountPoint + "/tasks", "0") }
    }
  }
}

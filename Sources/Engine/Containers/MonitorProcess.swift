import CShim
import Glibc
import Runtime

/// The program that stays with a container.
enum MonitorProcess {
  /// Starts one, and returns the connection to it, which is the caller's to close.
  ///
  /// - Parameter lock: the container's lock; the monitor keeps it until the payload runs.
  static func start(_ id: String, _ roots: EngineRoots, lock: CInt) throws(Failure) -> CInt {
    let program = try Companion.path(of: "swiftainer-monitor")
    let (ours, theirs) = try PacketSocket.pair()
    defer { close(theirs) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The descriptors' numbers are the monitor's arguments in all but name.
    let far = fcntl(theirs, F_DUPFD_CLOEXEC, 10)
    let farLock = fcntl(lock, F_DUPFD_CLOEXEC, 10)
    defer { for descriptor in [far, farLock] where descriptor >= 0 { close(descriptor) } }
    posix_spawn_file_actions_adddup2(&actions, far, 3)
    posix_spawn_file_actions_adddup2(&actions, farLock, 4)
    var pid: pid_t = 0
    let failed = CStrings.with([program, roots.data, roots.run, id]) { arguments in
      posix_spawn(&pid, program, &actions, nil, arguments, shim_environment())
    }
    if failed != 0 {
      close(ours)
      throw Failure("start", program, errno: failed)
    }
    return ours
  }
}

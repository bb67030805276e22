import CShim
import Glibc

/// Another program, as a child of this process.
public enum ChildProgram {
  /// Starts one. No signal is blocked in it, whatever is here: those would wait in it for ever.
  ///
  /// - Parameters:
  ///   - program: a path; a name without `/` is looked for in PATH.
  ///   - arguments: with the program's own name.
  ///   - environment: nil for this process's own.
  ///   - descriptors: which of ours have which number there. Others that are not close-on-exec are inherited as well.
  ///   - closesOthers: whether it inherits none of greater numbers than those there and standard error. Some libraries
  ///     make descriptors that are not close-on-exec.
  ///   - leadsGroup: whether it has a process group of its own, so that no key of the terminal reaches it.
  /// - Returns: its PID, or an error number, negative.
  public static func start(
    _ program: String, _ arguments: [String], environment: [String]? = nil,
    descriptors: [(ours: CInt, theirs: CInt)] = [], closesOthers: Bool = false, leadsGroup: Bool = false
  ) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Where both numbers are the same, it loses close-on-exec.
    for (ours, theirs) in descriptors { posix_spawn_file_actions_adddup2(&actions, ours, theirs) }
    if closesOthers {
      let last = descriptors.map(\.theirs).reduce(STDERR_FILENO, max)
      _ = shim_close_from(&actions, last + 1)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)))
    // It is to have as many descriptors as we had, and the C library sets no limits.
    shim_lower_descriptors(1)
    defer { shim_lower_descriptors(0) }
    var pid: pid_t = 0
    let failed = CStrings.with(arguments) { arguments in
      guard let environment else {
        return posix_spawnp(&pid, program, &actions, &attributes, arguments, shim_environment())
      }
      return CStrings.with(environment) {
        posix_spawnp(&pid, program, &actions, &attributes, arguments, $0)
      }
    }
    return failed == 0 ? pid : -failed
  }

  /// Waits for a child's end.
  ///
  /// - Returns: its status, as wait(2) has it.
  public static func wait(_ pid: pid_t) -> CInt {
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}

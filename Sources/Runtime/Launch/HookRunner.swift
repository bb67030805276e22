import CShim
import Glibc
import OCISpec

/// Runs one hook in the runtime's own namespaces: state on standard input, a time limit, its exit code judged.
enum HookRunner {
  static func run(
    _ hook: Hook, kind: HookKind, index: Int, state: [UInt8], telling listener: KernelCallListener = .nobody
  ) throws(Failure) {
    let field = "hooks.\(kind.rawValue)[\(index)]"
    // A file and not a pipe: a hook that never reads its state can neither block nor kill us.
    let memory = shim_memfd_create("state", 1)
    listener.tell(.memfd_create("state", flags: 1), memory)
    if memory < 0 { throw Failure("run hook", field, errno: -memory) }
    let input = OwnedFD(memory)
    try Files.write(state, to: input.raw, "hook's state")
    lseek(input.raw, 0, SEEK_SET)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.raw, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    var pid: pid_t = 0
    let arguments = hook.args.isEmpty ? [hook.path] : hook.args
    let failed = CStrings.with(arguments) { arguments in
      CStrings.with(hook.env) { environment in
        posix_spawn(&pid, hook.path, &actions, &attributes, arguments, environment)
      }
    }
    // What posix_spawn does before it is the C library's business; the exec is the hook's.
    listener.tell(.execve(hook.path, arguments, variables: hook.env.count), failed == 0 ? 0 : -failed)
    if failed != 0 { throw Failure("run hook", "\(field) \(hook.path)", errno: failed) }
    let process = LaunchedProcess(pid: pid, pidfd: shim_pidfd_open(pid, 0))
    defer { close(process.pidfd) }
    if let seconds = hook.timeout, !Self.ended(process, within: seconds) {
      process.kill()
      throw Failure(
        "run hook", "\(field) \(hook.path)", reason: "took longer than \(seconds) s and was killed")
    }
    guard let status = process.wait(), status != 0 else { return }
    throw Failure(
      "run hook", "\(field) \(hook.path)", reason: "exit code \(LaunchedProcess.exitCode(status))")
  }

  private static func ended(_ process: LaunchedProcess, within seconds: Int) -> Bool {
    var wait = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
    while true {
      let ready = poll(&wait, 1, CInt(clamping: seconds * 1000))
      if ready < 0 && errno == EINTR { continue }
      return ready > 0
    }
  }
}

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

    let pid = ChildProgram.start(
      hook.path, hook.arguments, environment: hook.env, descriptors: [(input.raw, STDIN_FILENO)])
    // What posix_spawn does before it is the C library's business; the exec is the hook's.
    listener.tell(.execve(hook.path, hook.arguments, variables: hook.env.count), min(pid, 0))
    if pid < 0 { throw Failure("run hook", "\(field) \(hook.path)", errno: -pid) }
    let process = LaunchedProcess(pid: pid, pidfd: shim_pidfd_open(pid, 0))
    defer { close(process.pidfd) }
    if let limit = hook.limit, !Self.ended(process, within: limit) {
      process.kill()
      throw Failure(
        "run hook", "\(field) \(hook.path)", reason: "took longer than \(limit / 1000) s and was killed")
    }
    guard let status = process.wait(), status != 0 else { return }
    throw Failure(
      "run hook", "\(field) \(hook.path)", reason: "exit code \(LaunchedProcess.exitCode(status))")
  }

  private static func ended(_ process: LaunchedProcess, within limit: Int32) -> Bool {
    var wait = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
    while true {
      let ready = poll(&wait, 1, limit)
      if ready < 0 && errno == EINTR { continue }
      return ready > 0
    }
  }
}

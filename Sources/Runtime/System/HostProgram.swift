import CShim
import Glibc

/// Programs of the host that a verb needs.
enum HostProgram {
  /// Runs a program found through PATH and returns what it prints; its errors go to our standard error.
  ///
  /// - Throws: `Failure` where there is no such program, or it ends with another exit code than 0.
  static func output(_ arguments: [String], hintIfMissing hint: String? = nil) throws(Failure) -> [UInt8] {
    var ends: [CInt] = [-1, -1]
    let piped = shim_pipe(&ends)
    if piped < 0 { throw Failure("run", arguments[0], errno: -piped) }
    let reader = OwnedFD(ends[0])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    var pid: pid_t = 0
    let failed = CStrings.with(arguments) { arguments in
      posix_spawnp(&pid, arguments[0]!, &actions, nil, arguments, shim_environment())
    }
    // Ours must go: the reader sees the end when the program's is closed too.
    close(ends[1])
    if failed == ENOENT {
      throw Failure("run", arguments[0], reason: "executable file not found in PATH", hint: hint)
    }
    if failed != 0 { throw Failure("run", arguments[0], errno: failed) }
    var bytes: [UInt8] = []
    var unread: Failure?
    do {
      bytes = try Files.read(reader.raw, "output of \(arguments[0])")
    } catch {
      unread = error
    }
    // Reaped whatever came of it.
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    if status != 0 {
      throw Failure(
        "run", arguments.joined(separator: " "), reason: "exit code \(LaunchedProcess.exitCode(status))")
    }
    if let unread { throw unread }
    return bytes
  }
}

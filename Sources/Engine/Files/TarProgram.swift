import CShim
import Glibc
import Runtime

/// The program that reads and writes archives, so that nothing else has to have libarchive.
enum TarProgram {
  /// Runs it with a folder as descriptor 3; it tells by itself what has failed.
  ///
  /// - Parameter name: what the archive's entries are called; nil for `.`.
  static func run(_ words: [String], in folder: borrowing Folder, as name: String?) throws {
    let program = try Companion.path(of: "swiftainer-tar")
    // A descriptor of another number: 3 itself would stay close-on-exec.
    let far = OwnedFD(fcntl(folder.raw, F_DUPFD_CLOEXEC, 10))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, far.raw, 3)
    var pid: pid_t = 0
    let failed = CStrings.with([program] + words + (name.map { [$0] } ?? [])) { arguments in
      posix_spawn(&pid, program, &actions, nil, arguments, shim_environment())
    }
    if failed != 0 { throw Failure("start", program, errno: failed) }
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    let code = LaunchedProcess.exitCode(status)
    if code != 0 { throw TarFailure(code: code) }
  }
}

/// The archive's program has failed, and has told why where it ended by itself.
public struct TarFailure: Error {
  public let code: Int32
}

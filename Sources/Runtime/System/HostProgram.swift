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
    let pid = ChildProgram.start(arguments[0], arguments, descriptors: [(ends[1], STDOUT_FILENO)])
    // Ours must go: the reader sees the end when the program's is closed too.
    close(ends[1])
    if pid == -ENOENT {
      throw Failure("run", arguments[0], reason: "executable file not found in PATH", hint: hint)
    }
    if pid < 0 { throw Failure("run", arguments[0], errno: -pid) }
    var bytes: [UInt8] = []
    var unread: Failure?
    do {
      bytes = try Files.read(reader.raw, "output of \(arguments[0])")
    } catch {
      unread = error
    }
    // Reaped whatever came of it.
    let status = ChildProgram.wait(pid)
    if status != 0 {
      throw Failure(
        "run", arguments.joined(separator: " "), reason: "exit code \(LaunchedProcess.exitCode(status))")
    }
    if let unread { throw unread }
    return bytes
  }
}

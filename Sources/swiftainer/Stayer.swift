import CShim
import Glibc
import Runtime

/// A copy of this process that may stay behind when the command is over: the parent of a process that outlives it, and
/// the keeper of its terminal. What the shell waits for is the original, which ends with the copy, or earlier where
/// that says so.
struct Stayer {
  /// Closed at its other end when the original is gone.
  let descriptor: CInt

  /// Returns in the copy only.
  static func become() throws(Failure) -> Stayer {
    let (original, copy) = try PacketSocket.pair()
    let child = shim_fork()
    if child < 0 { throw Failure("start a copy of this process", errno: -child) }
    if child > 0 {
      close(copy)
      wait(original, child)
    }
    close(original)
    return Stayer(descriptor: copy)
  }

  /// The command is over; this process goes on, with nothing of the person's.
  func leave() {
    var word: UInt8 = 0
    _ = send(descriptor, &word, 1, CInt(MSG_NOSIGNAL))
    close(descriptor)
    setsid()
    StandardDescriptors.makeNull()
  }

  private static func wait(_ copy: CInt, _ child: pid_t) -> Never {
    var word: UInt8 = 0
    var got = 0
    repeat { got = recv(copy, &word, 1, 0) } while got < 0 && errno == EINTR
    if got > 0 { exit(0) }
    exit(LaunchedProcess.exitCode(ChildProgram.wait(child)))
  }
}

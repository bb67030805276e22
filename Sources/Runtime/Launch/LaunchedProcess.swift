import CShim
import Glibc

/// A process and the descriptor that stands for it: never another process with a recycled number.
public struct LaunchedProcess: Sendable {
  public var pid: pid_t
  /// Close-on-exec; owned by whoever holds the launch's result.
  public var pidfd: CInt

  public init(pid: pid_t, pidfd: CInt) {
    self.pid = pid
    self.pidfd = pidfd
  }

  static let none = LaunchedProcess(pid: 0, pidfd: -1)

  /// Sends a signal. The corresponding C function is `pidfd_send_signal`.
  public func signal(_ number: CInt) { _ = shim_pidfd_send_signal(pidfd, number) }

  /// Ends and reaps a child.
  func kill() {
    guard pidfd >= 0 else { return }
    signal(SIGKILL)
    _ = wait()
  }

  /// Waits for a child's end and reaps it. The status is that of wait(2); nil where there is no such child.
  public func wait() -> CInt? {
    var status: CInt = 0
    return shim_wait(pidfd, &status, 0) > 0 ? status : nil
  }

  /// The exit code a shell would give: the process's own, or 128 plus the signal.
  public static func exitCode(_ status: CInt) -> CInt {
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }
}

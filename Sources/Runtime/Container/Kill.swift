import Glibc
import OCISpec

extension Container {
  /// Sends a signal to the container's first process, or to all of them.
  public func kill(_ signal: CInt, all: Bool = false) throws {
    let process = record.process.open()
    defer { if let process { close(process.pidfd) } }
    // Without a pid namespace of its own, the others outlive the first process: a KILL is meant for all.
    let sharesProcesses = signal == SIGKILL && !record.namespaces.contains(.pid)
    if all || sharesProcesses, let cgroup = try cgroup() {
      if process == nil, try !cgroup.isPopulated() {
        if all { return }
        throw notRunning
      }
      if signal == SIGKILL { try cgroup.kill() } else { try cgroup.signal(signal) }
      return
    }
    guard let process else { throw notRunning }
    process.signal(signal)
  }

  private var notRunning: Failure {
    Failure("cannot signal container \(id)", reason: "container not running")
  }
}

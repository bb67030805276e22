import CShim
import Glibc

extension Container {
  /// The root folder as the container's first process has it, with all that is mounted there: for calls that resolve
  /// paths in it, never for paths on the host.
  ///
  /// - Throws: `Failure` where the container has no process any more.
  public func rootFolder() throws(Failure) -> OwnedFD {
    guard let process = record.process.open() else { throw Failure("container \(id) is not running") }
    defer { close(process.pidfd) }
    let path = "/proc/" + Decimal.text(process.pid) + "/root"
    let root = try Files.open(path, O_RDONLY | O_DIRECTORY)
    // The number was that process's when the path was opened, if it is now.
    if shim_pidfd_send_signal(process.pidfd, 0) != 0 { throw Failure("container \(id) is not running") }
    return root
  }
}

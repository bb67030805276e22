import Glibc

/// Descriptors 0, 1 and 2 must be open: a file opened into their place would be written to as if it were them.
public enum StandardDescriptors {
  public static func ensureOpen() {
    for descriptor in CInt(0)...2 where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
  }

  /// Makes them /dev/null: for a process that is to hold on to nobody's terminal or pipes.
  public static func makeNull() {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard null >= 0 else { return }
    for descriptor in CInt(0)...2 { dup2(null, descriptor) }
    if null > 2 { close(null) }
  }
}

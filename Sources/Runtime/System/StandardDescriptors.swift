import Glibc

/// Descriptors 0, 1 and 2 must be open: a file opened into their place would be written to as if it were them.
public enum StandardDescriptors {
  public static func ensureOpen() {
    for descriptor in CInt(0)...2 where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
  }

  /// Makes them, or some of them, /dev/null: for a process that is to hold on to nobody's terminal or pipes.
  public static func makeNull(_ descriptors: some Sequence<CInt> = CInt(0)...2) {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard null >= 0 else { return }
    for descriptor in descriptors { dup2(null, descriptor) }
    if null > 2 { close(null) }
  }

  /// Writes all bytes to a stream, one of these or the other end of one. Where it takes none at the moment, that is waited
  /// for: others may have made it one that does not wait.
  ///
  /// - Returns: the kernel's error number; 0 where all is written.
  @discardableResult
  public static func pass(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt {
    var at = 0
    while at < bytes.count {
      let written = write(descriptor, bytes.baseAddress! + at, bytes.count - at)
      if written > 0 {
        at += written
      } else if errno == EAGAIN {
        var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&polled, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

import CShim
import Glibc

/// The init's program, as a copy in memory that nobody can write to any more.
///
/// What runs in the container must not be a file of ours: whoever reaches `/proc/PID/exe` there could rewrite it
/// (CVE-2019-5736).
enum SealedInit {
  /// Write, grow, shrink and the seals themselves. Source: fcntl(2), F_ADD_SEALS.
  private static let seals: CInt = 0x1 | 0x2 | 0x4 | 0x8
  private static let addSeals: CInt = 1033
  private static let allowSealing: UInt32 = 2
  private static let closeOnExec: UInt32 = 1

  /// Makes the copy.
  static func make(telling listener: KernelCallListener = .nobody) throws(Failure) -> OwnedFD {
    let path = try Companion.path(of: "swiftainer-init")
    let source = try Files.open(path, O_RDONLY)
    listener.tell(.openat(.current, path, UInt64(O_RDONLY | O_CLOEXEC)), source.raw)
    var status = stat()
    guard fstat(source.raw, &status) == 0 else { throw Failure("read", path, errno: errno) }
    let memory = shim_memfd_create("swiftainer-init", allowSealing | closeOnExec)
    listener.tell(.memfd_create("swiftainer-init", flags: UInt64(allowSealing | closeOnExec)), memory)
    if memory < 0 { throw Failure("make a sealed copy of", path, reason: "memfd_create", errno: -memory) }
    let copy = OwnedFD(memory)
    var left = Int(status.st_size)
    while left > 0 {
      let sent = sendfile(copy.raw, source.raw, nil, left)
      listener.tell(
        .sendfile(to: .number(copy.raw), from: .number(source.raw), count: left),
        sent < 0 ? -Int(errno) : sent)
      if sent < 0 && errno == EINTR { continue }
      if sent <= 0 { throw Failure("make a sealed copy of", path, errno: sent < 0 ? errno : EIO) }
      left -= sent
    }
    let sealed = fcntl(copy.raw, addSeals, seals)
    listener.tell(.addSeals(.number(copy.raw), UInt64(seals)), sealed < 0 ? -errno : sealed)
    if sealed != 0 { throw Failure("seal the copy of", path, errno: errno) }
    return copy
  }
}

import CShim
import Glibc

/// Files of a root file system, read from outside: whatever links stand in it, nothing outside is reached.
public enum RootFile {
  /// Whether something is there; a path may lead into what only root may see.
  public static func exists(_ path: String, in rootfs: String) -> Bool {
    let root = openat(AT_FDCWD, rootfs, KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
    if root < 0 { return false }
    defer { close(root) }
    let found = shim_openat2(root, path, UInt64(KernelFlags.path | O_CLOEXEC), 0, resolveInRoot)
    if found >= 0 { close(found) }
    return found >= 0
  }

  private static let resolveInRoot: UInt64 = 0x10 | 0x02  // RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS

  /// The bytes of a regular file; nil where it is none, cannot be read or is longer than `limit` bytes.
  public static func read(_ path: String, in rootfs: String, limit: Int = 1 << 20) -> [UInt8]? {
    let root = openat(AT_FDCWD, rootfs, KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
    if root < 0 { return nil }
    defer { close(root) }
    // Looked at before it is opened: opening a pipe may wait, and opening a device may do anything, out here where the
    // container's device filter does not hold.
    let found = shim_openat2(root, path, UInt64(KernelFlags.path | O_CLOEXEC), 0, resolveInRoot)
    if found < 0 { return nil }
    let handle = OwnedFD(found)
    var status = stat()
    guard fstat(handle.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    // By the handle and not by the path, which may lead elsewhere by now.
    let descriptor = open("/proc/self/fd/" + Decimal.text(handle.raw), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { return nil }
    let file = OwnedFD(descriptor)
    return try? Files.read(file.raw, path, limit: limit)
  }
}

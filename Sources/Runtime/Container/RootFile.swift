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

  /// The file's bytes; nil where it cannot be read or is longer than `limit` bytes.
  public static func read(_ path: String, in rootfs: String, limit: Int = 1 << 20) -> [UInt8]? {
    let root = openat(AT_FDCWD, rootfs, KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
    if root < 0 { return nil }
    defer { close(root) }
    // Not waiting: the file may be a pipe.
    let descriptor = shim_openat2(root, path, UInt64(O_RDONLY | O_CLOEXEC | O_NONBLOCK), 0, resolveInRoot)
    if descriptor < 0 { return nil }
    let file = OwnedFD(descriptor)
    return try? Files.read(file.raw, path, limit: limit)
  }
}

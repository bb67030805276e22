import CShim
import Glibc

/// The home of a user, as the container's own passwd file has it: for HOME, where the configuration sets none.
enum HomeFolder {
  static func find(uid: UInt32, rootfs: String) -> String {
    // Looked up inside the root: the file may be a link to anywhere.
    let root = openat(AT_FDCWD, rootfs, KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
    if root < 0 { return "/" }
    defer { close(root) }
    let resolveInRoot: UInt64 = 0x10 | 0x02  // RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS
    let descriptor = shim_openat2(root, "etc/passwd", UInt64(O_RDONLY | O_CLOEXEC | O_NONBLOCK), 0, resolveInRoot)
    if descriptor < 0 { return "/" }
    let file = OwnedFD(descriptor)
    guard let bytes = try? Files.read(file.raw, "etc/passwd", limit: 1 << 20) else { return "/" }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count >= 6, UInt32(String(decoding: fields[2], as: UTF8.self)) == uid else { continue }
      let home = String(decoding: fields[5], as: UTF8.self)
      return home.isEmpty ? "/" : home
    }
    return "/"
  }
}

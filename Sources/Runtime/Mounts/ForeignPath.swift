import CShim
import Glibc

/// A path in another process's mount namespace, written as `/proc/PID/root/PATH`. A mount there can be taken hold of
/// only by who is in that namespace: the kernel binds nobody else's.
struct ForeignPath: Equatable {
  /// The namespace's file.
  let namespace: String
  /// Absolute, in that namespace.
  let path: String

  /// Nil for any other path.
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true)
    guard text.hasPrefix("/proc/"), parts.count == 4, parts[2] == "root",
      parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    namespace = "/proc/" + parts[1] + "/ns/mnt"
    path = "/" + parts[3]
  }
}

extension IDMappedTree {
  /// Opens a detached copy of what is mounted in another container. No link is followed: whoever is in there may
  /// have made it.
  static func openForeign(
    _ place: ForeignPath, _ flags: UInt32, _ field: String, telling listener: KernelCallListener
  ) throws(Failure) -> CInt {
    let foreign = try Files.open(place.namespace, O_RDONLY)
    listener.tell(.openat(.current, place.namespace, UInt64(O_RDONLY | O_CLOEXEC)), foreign.raw)
    let home = try Place()
    try enter(foreign.raw, telling: listener)
    let resolve: UInt64 = 0x04 | 0x02  // RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS
    let opening = UInt64(KernelFlags.path | O_CLOEXEC)
    let folder = shim_openat2(AT_FDCWD, place.path, opening, 0, resolve)
    listener.tell(.openat2(.current, place.path, flags: opening, resolve: resolve), folder)
    var tree = folder
    if folder >= 0 {
      let all = flags | UInt32(KernelFlags.emptyPath)
      tree = shim_open_tree(folder, "", all)
      listener.tell(.open_tree(.number(folder), "", flags: UInt64(all)), tree)
      close(folder)
    }
    try enter(home.namespace.raw, telling: listener)
    try home.takeAgain()
    if tree < 0 {
      throw Failure("open \(field).source", place.path, reason: "in the other container", errno: -tree)
    }
    return tree
  }
}

import CShim
import Glibc

/// How paths of the container are opened, and mounts moved: the shapes that many steps share (`paths.c`).
enum InRoot {
  private static let noMagicLinks: UInt64 = 0x2
  private static let noLinks: UInt64 = 0x4
  private static let beneath: UInt64 = 0x8
  private static let inRoot: UInt64 = 0x10
  static let noCrossing: UInt64 = 0x1

  static let path = UInt64(KernelFlags.path)
  static let folder = UInt64(O_DIRECTORY)
  static let noFollow = UInt64(O_NOFOLLOW)
  /// O_CREAT, O_EXCL, O_WRONLY: an empty file to mount on.
  static let new = UInt64(O_CREAT | O_EXCL | O_WRONLY)

  /// A path of the container, wherever its links lead inside the root.
  static func open(_ name: String, _ flags: UInt64 = path, refusingLinks: Bool = false) -> KernelCall {
    call("rootfd", name, flags, inRoot | (refusingLinks ? noLinks : 0))
  }

  /// A name below a folder that is open: no way leads out of it.
  static func open(
    below folder: CallDescriptor, _ name: String, _ flags: UInt64, refusingLinks: Bool, _ more: UInt64 = 0
  ) -> KernelCall {
    call(folder, name, flags, beneath | more | (refusingLinks ? noLinks : 0))
  }

  private static func call(
    _ folder: CallDescriptor, _ name: String, _ flags: UInt64, _ resolve: UInt64
  ) -> KernelCall {
    .openat2(folder, name, flags: flags | UInt64(O_CLOEXEC), mode: 0o644, resolve: noMagicLinks | resolve)
  }

  /// Both ends by descriptor: no path is walked any more.
  static func move(_ tree: CallDescriptor = "treefd", to target: CallDescriptor = "targetfd") -> KernelCall {
    .move_mount(tree, "", to: target, "", flags: 0x4 | 0x40)
  }

  /// A detached copy of what a descriptor stands for.
  static func copy(_ file: CallDescriptor, recursive: Bool = false) -> KernelCall {
    .open_tree(
      file, "", flags: UInt64(KernelFlags.openTree(recursive: recursive) | KernelFlags.closeOnExec) | 0x1000)
  }
}

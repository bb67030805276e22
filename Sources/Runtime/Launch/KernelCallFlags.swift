/// Names of a call's flags or choices, as strace writes them.
struct FlagNames: Sendable {
  /// In the order in which strace joins them.
  let names: [(UInt64, String)]
  /// The comment behind a number that has no name.
  let unknown: String

  init(_ unknown: String, _ names: [(UInt64, String)]) {
    self.unknown = unknown
    self.names = names
  }

  /// Bits, joined with `|`; what has no name as a number behind them.
  func bits(_ value: UInt64) -> String {
    if value == 0 { return "0" }
    var left = value
    var found: [String] = []
    for (bit, name) in names where left & bit == bit {
      found.append(name)
      left &= ~bit
    }
    if found.isEmpty { return "\(KernelCall.hex(value)) /* \(unknown) */" }
    if left != 0 { found.append(KernelCall.hex(left)) }
    return found.joined(separator: "|")
  }

  /// One choice out of several.
  func choice(_ value: UInt64) -> String {
    names.first { $0.0 == value }?.1 ?? "\(KernelCall.hex(value)) /* \(unknown) */"
  }
}

extension FlagNames {
  /// Source: linux/fcntl.h. The access mode comes first.
  static func openFlags(_ flags: UInt64) -> String {
    let access = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"][Int(flags & 3)]
    let rest = flags & ~3
    return rest == 0 ? access : access + "|" + open.bits(rest)
  }

  #if arch(x86_64)
    private static let (direct, directory, noFollow): (UInt64, UInt64, UInt64) = (0o40000, 0o200000, 0o400000)
  #else
    private static let (direct, directory, noFollow): (UInt64, UInt64, UInt64) = (0o200000, 0o40000, 0o100000)
  #endif

  private static let open = FlagNames(
    "O_???",
    [
      (0o100, "O_CREAT"), (0o200, "O_EXCL"), (0o400, "O_NOCTTY"), (0o1000, "O_TRUNC"), (0o2000, "O_APPEND"),
      (0o4000, "O_NONBLOCK"), (direct, "O_DIRECT"), (noFollow, "O_NOFOLLOW"), (0o2_000_000, "O_CLOEXEC"),
      (0o10_000_000, "O_PATH"), (directory, "O_DIRECTORY"),
    ])

  /// Source: linux/openat2.h.
  static let resolve = FlagNames(
    "RESOLVE_???",
    [
      (0x1, "RESOLVE_NO_XDEV"), (0x2, "RESOLVE_NO_MAGICLINKS"), (0x4, "RESOLVE_NO_SYMLINKS"),
      (0x8, "RESOLVE_BENEATH"), (0x10, "RESOLVE_IN_ROOT"),
    ])

  /// Source: linux/fcntl.h.
  static let at = FlagNames(
    "AT_???", [(0x100, "AT_SYMLINK_NOFOLLOW"), (0x1000, "AT_EMPTY_PATH"), (0x8000, "AT_RECURSIVE")])

  /// Flags of mount(2). Source: linux/mount.h.
  static let mount = FlagNames(
    "MS_???",
    [
      (1, "MS_RDONLY"), (2, "MS_NOSUID"), (4, "MS_NODEV"), (8, "MS_NOEXEC"), (32, "MS_REMOUNT"),
      (4096, "MS_BIND"), (8192, "MS_MOVE"), (16384, "MS_REC"), (1 << 17, "MS_UNBINDABLE"),
      (1 << 18, "MS_PRIVATE"), (1 << 19, "MS_SLAVE"), (1 << 20, "MS_SHARED"),
    ])

  static let unmount = FlagNames("MNT_???", [(1, "MNT_FORCE"), (2, "MNT_DETACH")])
  static let openTree = FlagNames(
    "OPEN_TREE_???",
    [
      (1, "OPEN_TREE_CLONE"), (0o2_000_000, "OPEN_TREE_CLOEXEC"), (0x1000, "AT_EMPTY_PATH"),
      (0x8000, "AT_RECURSIVE"),
    ])
  static let moveMount = FlagNames(
    "MOVE_MOUNT_???",
    [
      (0x1, "MOVE_MOUNT_F_SYMLINKS"), (0x2, "MOVE_MOUNT_F_AUTOMOUNTS"), (0x4, "MOVE_MOUNT_F_EMPTY_PATH"),
      (0x10, "MOVE_MOUNT_T_SYMLINKS"), (0x20, "MOVE_MOUNT_T_AUTOMOUNTS"), (0x40, "MOVE_MOUNT_T_EMPTY_PATH"),
    ])

  /// Attributes of a mount. The modes of access times are one field, of which strace knows two values as bits.
  static let mountAttributes = FlagNames(
    "MOUNT_ATTR_???",
    [
      (0x1, "MOUNT_ATTR_RDONLY"), (0x2, "MOUNT_ATTR_NOSUID"), (0x4, "MOUNT_ATTR_NODEV"),
      (0x8, "MOUNT_ATTR_NOEXEC"), (0x10, "MOUNT_ATTR_NOATIME"), (0x20, "MOUNT_ATTR_STRICTATIME"),
      (0x80, "MOUNT_ATTR_NODIRATIME"), (0x10_0000, "MOUNT_ATTR_IDMAP"), (0x20_0000, "MOUNT_ATTR_NOSYMFOLLOW"),
    ])

  /// Source: linux/mount.h, enum fsconfig_command.
  static let fsconfig = FlagNames(
    "FSCONFIG_???",
    [
      (0, "FSCONFIG_SET_FLAG"), (1, "FSCONFIG_SET_STRING"), (2, "FSCONFIG_SET_BINARY"),
      (3, "FSCONFIG_SET_PATH"), (4, "FSCONFIG_SET_PATH_EMPTY"), (5, "FSCONFIG_SET_FD"),
      (6, "FSCONFIG_CMD_CREATE"), (7, "FSCONFIG_CMD_RECONFIGURE"),
    ])

  /// Source: linux/mount.h.
  static let pick = FlagNames(
    "FSPICK_???",
    [
      (1, "FSPICK_CLOEXEC"), (2, "FSPICK_SYMLINK_NOFOLLOW"), (4, "FSPICK_NO_AUTOMOUNT"),
      (8, "FSPICK_EMPTY_PATH"),
    ])

  /// Source: linux/sched.h.
  static let clone = FlagNames(
    "CLONE_???",
    [
      (0x100, "CLONE_VM"), (0x200, "CLONE_FS"), (0x400, "CLONE_FILES"), (0x800, "CLONE_SIGHAND"),
      (0x1000, "CLONE_PIDFD"), (0x4000, "CLONE_VFORK"), (0x8000, "CLONE_PARENT"), (0x20000, "CLONE_NEWNS"),
      (0x0200_0000, "CLONE_NEWCGROUP"), (0x0400_0000, "CLONE_NEWUTS"), (0x0800_0000, "CLONE_NEWIPC"),
      (0x1000_0000, "CLONE_NEWUSER"), (0x2000_0000, "CLONE_NEWPID"), (0x4000_0000, "CLONE_NEWNET"),
      (0x80, "CLONE_NEWTIME"), (0x1_0000_0000, "CLONE_CLEAR_SIGHAND"), (0x2_0000_0000, "CLONE_INTO_CGROUP"),
    ])

  /// Kinds of namespaces, as setns(2) and unshare(2) take them.
  static let namespaces = FlagNames(
    "CLONE_NEW???",
    [
      (0x80, "CLONE_NEWTIME"), (0x20000, "CLONE_NEWNS"), (0x0200_0000, "CLONE_NEWCGROUP"),
      (0x0400_0000, "CLONE_NEWUTS"), (0x0800_0000, "CLONE_NEWIPC"), (0x1000_0000, "CLONE_NEWUSER"),
      (0x2000_0000, "CLONE_NEWPID"), (0x4000_0000, "CLONE_NEWNET"),
    ])
}

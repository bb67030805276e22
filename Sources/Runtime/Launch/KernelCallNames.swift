/// Names of options and choices of the calls that shape a process. Source: the kernel's headers of each.
extension FlagNames {
  /// Source: linux/prctl.h.
  static let prctl = FlagNames(
    "PR_???",
    [
      (1, "PR_SET_PDEATHSIG"), (4, "PR_SET_DUMPABLE"), (8, "PR_SET_KEEPCAPS"), (23, "PR_CAPBSET_READ"),
      (24, "PR_CAPBSET_DROP"), (36, "PR_SET_CHILD_SUBREAPER"), (38, "PR_SET_NO_NEW_PRIVS"),
      (47, "PR_CAP_AMBIENT"),
    ])
  static let ambient = FlagNames(
    "PR_CAP_AMBIENT_???",
    [
      (1, "PR_CAP_AMBIENT_IS_SET"), (2, "PR_CAP_AMBIENT_RAISE"), (3, "PR_CAP_AMBIENT_LOWER"),
      (4, "PR_CAP_AMBIENT_CLEAR_ALL"),
    ])
  static let dumpable = FlagNames(
    "SUID_DUMP_???", [(0, "SUID_DUMP_DISABLE"), (1, "SUID_DUMP_USER"), (2, "SUID_DUMP_ROOT")])

  /// Source: linux/seccomp.h.
  static let seccompOperation = FlagNames(
    "SECCOMP_SET_MODE_???", [(0, "SECCOMP_SET_MODE_STRICT"), (1, "SECCOMP_SET_MODE_FILTER")])
  static let seccompFlags = FlagNames(
    "SECCOMP_FILTER_FLAG_???",
    [
      (1, "SECCOMP_FILTER_FLAG_TSYNC"), (2, "SECCOMP_FILTER_FLAG_LOG"), (4, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
      (8, "SECCOMP_FILTER_FLAG_NEW_LISTENER"), (16, "SECCOMP_FILTER_FLAG_TSYNC_ESRCH"),
    ])

  /// Source: linux/sched.h, and linux/sched/types.h for the flags.
  static let scheduler = FlagNames(
    "SCHED_???",
    [
      (0, "SCHED_OTHER"), (1, "SCHED_FIFO"), (2, "SCHED_RR"), (3, "SCHED_BATCH"), (4, "SCHED_ISO"),
      (5, "SCHED_IDLE"), (6, "SCHED_DEADLINE"),
    ])
  static let schedulerFlags = FlagNames(
    "SCHED_FLAG_???",
    [
      (0x01, "SCHED_FLAG_RESET_ON_FORK"), (0x02, "SCHED_FLAG_RECLAIM"), (0x04, "SCHED_FLAG_DL_OVERRUN"),
      (0x08, "SCHED_FLAG_KEEP_POLICY"), (0x10, "SCHED_FLAG_KEEP_PARAMS"), (0x20, "SCHED_FLAG_UTIL_CLAMP_MIN"),
      (0x40, "SCHED_FLAG_UTIL_CLAMP_MAX"),
    ])
  static let priorityClass = FlagNames(
    "IOPRIO_CLASS_???",
    [(0, "IOPRIO_CLASS_NONE"), (1, "IOPRIO_CLASS_RT"), (2, "IOPRIO_CLASS_BE"), (3, "IOPRIO_CLASS_IDLE")])

  /// Source: linux/mempolicy.h.
  static let memoryPolicy = FlagNames(
    "MPOL_???",
    [
      (0, "MPOL_DEFAULT"), (1, "MPOL_PREFERRED"), (2, "MPOL_BIND"), (3, "MPOL_INTERLEAVE"), (4, "MPOL_LOCAL"),
      (5, "MPOL_PREFERRED_MANY"),
    ])
  static let memoryPolicyFlags = FlagNames(
    "MPOL_F_???",
    [
      (1 << 15, "MPOL_F_STATIC_NODES"), (1 << 14, "MPOL_F_RELATIVE_NODES"),
      (1 << 13, "MPOL_F_NUMA_BALANCING"),
    ])

  /// Source: linux/personality.h.
  static let personality = FlagNames("PER_???", [(0, "PER_LINUX"), (8, "PER_LINUX32")])

  /// Source: linux/fcntl.h and linux/memfd.h.
  static let seals = FlagNames(
    "F_SEAL_???", [(1, "F_SEAL_SEAL"), (2, "F_SEAL_SHRINK"), (4, "F_SEAL_GROW"), (8, "F_SEAL_WRITE")])
  static let memoryFile = FlagNames("MFD_???", [(1, "MFD_CLOEXEC"), (2, "MFD_ALLOW_SEALING")])
  static let closeRange = FlagNames(
    "CLOSE_RANGE_???", [(2, "CLOSE_RANGE_UNSHARE"), (4, "CLOSE_RANGE_CLOEXEC")])

  /// Source: linux/if.h.
  static let interface = FlagNames(
    "IFF_???",
    [
      (0x1, "IFF_UP"), (0x2, "IFF_BROADCAST"), (0x4, "IFF_DEBUG"), (0x8, "IFF_LOOPBACK"),
      (0x10, "IFF_POINTOPOINT"), (0x20, "IFF_NOTRAILERS"), (0x40, "IFF_RUNNING"), (0x80, "IFF_NOARP"),
      (0x100, "IFF_PROMISC"), (0x200, "IFF_ALLMULTI"), (0x1000, "IFF_MULTICAST"),
    ])

  /// Numbers of capabilities, as the kernel has them; strace joins those of a mask as shifted bits.
  static let capabilities = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
  ].map { "CAP_" + $0 }

  static func capability(_ number: UInt64) -> String {
    number < capabilities.count ? capabilities[Int(number)] : "\(KernelCall.hex(number)) /* CAP_??? */"
  }

  static func capabilityMask(_ mask: UInt64) -> String {
    FlagNames("CAP_???", capabilities.enumerated().map { (1 << UInt64($0.offset), "1<<" + $0.element) }).bits(
      mask)
  }
}

import CShim
import Testing

@testable import Runtime

private let p = Canned.pointer

/// The expected texts are what strace 6.1 wrote of the same calls.
@Suite struct ExplainCalls {
  @Test func filesAreOpenedInRoot() {
    #expect(
      Canned.text(
        __NR_openat2, [3, p, p, 24], texts: ["/dev"], extra: [0o12_200_000, 0, 0x12], result: 4)
        == "openat2(3, \"/dev\", {flags=O_RDONLY|O_CLOEXEC|O_PATH|O_DIRECTORY, "
        + "resolve=RESOLVE_NO_MAGICLINKS|RESOLVE_IN_ROOT}, 24) = 4")
    // A mode is told only where a file is made.
    #expect(
      Canned.text(
        __NR_openat2, [Canned.current, p, p, 24], texts: ["x"], extra: [0o2_400_301, 0o644, 0x2d], result: -17
      )
        == "openat2(AT_FDCWD, \"x\", {flags=O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, mode=0644, "
        + "resolve=RESOLVE_NO_XDEV|RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH|0x20}, 24) = -1 EEXIST (File exists)")
  }

  @Test func nodes() {
    #expect(
      Canned.text(__NR_mknodat, [5, p, 0o020666, 0x103], texts: ["null"])
        == "mknodat(5, \"null\", S_IFCHR|0666, makedev(0x1, 0x3)) = 0")
    #expect(
      Canned.text(__NR_mknodat, [5, p, 0o060660, 0x801], texts: ["sda"])
        == "mknodat(5, \"sda\", S_IFBLK|0660, makedev(0x8, 0x1)) = 0")
    #expect(
      Canned.text(__NR_mknodat, [5, p, 0o010666, 0], texts: ["fifo"])
        == "mknodat(5, \"fifo\", S_IFIFO|0666) = 0")
    #expect(
      Canned.text(__NR_fchownat, [5, p, 1, 5, 0x100], texts: ["n"])
        == "fchownat(5, \"n\", 1, 5, AT_SYMLINK_NOFOLLOW) = 0")
    #expect(Canned.text(__NR_fchown, [5, 6, 0xffff_ffff]) == "fchown(5, 6, -1) = 0")
  }

  @Test func mounts() {
    #expect(
      Canned.text(__NR_mount, [0, p, 0, 0x80000 | 16384], texts: ["", "/", ""])
        == "mount(NULL, \"/\", NULL, MS_REC|MS_SLAVE, NULL) = 0")
    #expect(
      Canned.text(__NR_fsconfig, [4, 1, p, p, 0], texts: ["source", "proc"])
        == "fsconfig(4, FSCONFIG_SET_STRING, \"source\", \"proc\", 0) = 0")
    #expect(
      Canned.text(__NR_fsconfig, [4, 0, p, 0, 0], texts: ["ro"])
        == "fsconfig(4, FSCONFIG_SET_FLAG, \"ro\", NULL, 0) = 0")
    #expect(
      Canned.text(__NR_fsmount, [4, 1, 0xf], result: 5)
        == "fsmount(4, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC) = 5"
    )
    #expect(
      Canned.text(__NR_move_mount, [4, p, Canned.current, p, 4], texts: ["", "/x"])
        == "move_mount(4, \"\", AT_FDCWD, \"/x\", MOVE_MOUNT_F_EMPTY_PATH) = 0")
    #expect(
      Canned.text(__NR_open_tree, [Canned.current, p, 0o2_000_000 | 0x8001], texts: ["/"], result: 3)
        == "open_tree(AT_FDCWD, \"/\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE) = 3")
    #expect(
      Canned.text(__NR_mount_setattr, [9, p, 0x9000, p, 32], texts: [""], extra: [1, 0x70, 0x80000, 0])
        == "mount_setattr(9, \"\", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY, "
        + "attr_clr=MOUNT_ATTR_NOATIME|MOUNT_ATTR_STRICTATIME|0x40, propagation=MS_SLAVE, userns_fd=0}, 32) = 0"
    )
    #expect(Canned.text(__NR_umount2, [p, 2], texts: ["."]) == "umount2(\".\", MNT_DETACH) = 0")
  }

  @Test func processesAndNamespaces() {
    #expect(
      Canned.text(__NR_clone3, [p, 88], extra: [0x2000_8080], result: 7)
        == "clone3({flags=CLONE_PARENT|CLONE_NEWPID|CLONE_NEWTIME, exit_signal=0, stack=NULL, stack_size=0}, 88) = 7"
    )
    #expect(Canned.text(__NR_unshare, [0x1000_0080]) == "unshare(CLONE_NEWTIME|CLONE_NEWUSER) = 0")
    #expect(Canned.text(__NR_setns, [5, 0x4002_0000]) == "setns(5, CLONE_NEWNS|CLONE_NEWNET) = 0")
    #expect(
      Canned.text(__NR_keyctl, [1, p], texts: ["_ses.x"], result: 9)
        == "keyctl(KEYCTL_JOIN_SESSION_KEYRING, \"_ses.x\") = 9")
  }

  @Test func listsAreTheSteps() {
    let execution = Step.execute(
      arguments: ["sh", "-c", "a \"b\""], environment: ["A=1", "B=2"], supervised: false)
    #expect(
      Canned.text(__NR_execve, [p, p, p], texts: ["/bin/sh"], of: execution)
        == #"execve("/bin/sh", ["sh", "-c", "a \"b\""], [/* 2 vars */]) = 0"#)
    let user = Step.becomeUser(uid: 1, gid: 2, groups: [5, 20])
    #expect(Canned.text(__NR_setgroups, [2, p], of: user) == "setgroups(2, [5, 20]) = 0")
    #expect(
      Canned.text(__NR_setgroups, [0, 0], result: -1)
        == "setgroups(0, NULL) = -1 EPERM (Operation not permitted)")
  }

  @Test func identity() {
    #expect(Canned.text(__NR_prctl, [4, 0]) == "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0")
    #expect(Canned.text(__NR_prctl, [24, 40]) == "prctl(PR_CAPBSET_DROP, CAP_CHECKPOINT_RESTORE) = 0")
    #expect(Canned.text(__NR_prctl, [38, 1]) == "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = 0")
    #expect(
      Canned.text(__NR_prctl, [47, 4]) == "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) = 0")
    #expect(
      Canned.text(__NR_prctl, [47, 2, 10])
        == "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) = 0")
    // Lower halves first: effective 0x21, permitted 0x100_0000_0021.
    #expect(
      Canned.text(__NR_capset, [p, p], extra: [0x21_0000_0021, 0, 0x100])
        == "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN|1<<CAP_KILL, "
        + "permitted=1<<CAP_CHOWN|1<<CAP_KILL|1<<CAP_CHECKPOINT_RESTORE, inheritable=0}) = 0")
    #expect(
      Canned.text(__NR_seccomp, [1, 0x0b, p], extra: [0xabcd_0000_0003], result: 8)
        == "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_LOG"
        + "|SECCOMP_FILTER_FLAG_NEW_LISTENER, {len=3, filter=filter}) = 8")
  }

  @Test func settings() {
    #expect(
      Canned.text(__NR_prlimit64, [0, 7, p, 0], extra: [1024, .max])
        == "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=RLIM64_INFINITY}, NULL) = 0")
    #expect(
      Canned.text(__NR_prlimit64, [0, 8, p, 0], extra: [1_048_575, 1_048_576])
        == "prlimit64(0, RLIMIT_MEMLOCK, {rlim_cur=1048575, rlim_max=1024*1024}, NULL) = 0")
    #expect(Canned.text(__NR_umask, [0o22], result: 0) == "umask(022) = 000")
    #expect(Canned.text(__NR_personality, [8], result: 0) == "personality(PER_LINUX32) = 0")
    #expect(
      Canned.text(__NR_sched_setattr, [0, p, 0], extra: [56 | 3 << 32, 1, 0x3_ffff_fffb, 5, 6, 7])
        == "sched_setattr(0, {size=56, sched_policy=SCHED_BATCH, sched_flags=SCHED_FLAG_RESET_ON_FORK, "
        + "sched_nice=-5, sched_priority=3, sched_runtime=5, sched_deadline=6, sched_period=7, sched_util_min=0, "
        + "sched_util_max=0}, 0) = 0")
    #expect(
      Canned.text(__NR_sched_setaffinity, [0, 16, p], extra: [3, 1])
        == "sched_setaffinity(0, 16, [0 1 64]) = 0")
    #expect(
      Canned.text(__NR_ioprio_set, [1, 0, 2 << 13 | 4])
        == "ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)) = 0")
    #expect(
      Canned.text(__NR_set_mempolicy, [2 | 1 << 15, p, 65], extra: [1])
        == "set_mempolicy(MPOL_BIND|MPOL_F_STATIC_NODES, [0x00000000000001], 65) = 0")
    #expect(Canned.text(__NR_set_mempolicy, [0, 0, 1]) == "set_mempolicy(MPOL_DEFAULT, NULL, 1) = 0")
  }

  @Test func terminalsAndInterfaces() {
    #expect(Canned.text(__NR_ioctl, [7, 0x4004_5431, p]) == "ioctl(7, TIOCSPTLCK, [0]) = 0")
    #expect(
      Canned.text(__NR_ioctl, [7, 0x5414, p], extra: [24 | 80 << 16])
        == "ioctl(7, TIOCSWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0")
    #expect(
      Canned.text(__NR_ioctl, [7, 0x8914, p], extra: [0x6f6c, 0, 0x49])
        == "ioctl(7, SIOCSIFFLAGS, {ifr_name=\"lo\", ifr_flags=IFF_UP|IFF_LOOPBACK|IFF_RUNNING}) = 0")
  }

  /// A digit behind an octal number needs it in full.
  @Test func quoting() {
    #expect(KernelCall.quote("a\n\"\\\u{1}9ä") == #""a\n\"\\\19\303\244""#)
    #expect(KernelCall.quote("\u{1}7\u{7f}") == #""\0017\177""#)
  }

  @Test func longListsAreCut() {
    #expect(KernelCall.list(Array(repeating: "x", count: 33)).hasSuffix(#""x", ...]"#))
    #expect(!KernelCall.list(Array(repeating: "x", count: 32)).contains("..."))
  }

  @Test func whatIsUnknownIsANumber() {
    #expect(Canned.text(__NR_unshare, [1]) == "unshare(0x1 /* CLONE_NEW??? */) = 0")
    #expect(Canned.text(__NR_getpid, [1]).hasPrefix("syscall(\(__NR_getpid), 0x1, 0"))
    #expect(KernelCall.errorName(4095) == "E4095")
  }
}

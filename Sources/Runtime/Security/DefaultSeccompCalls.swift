/// The kernel's system calls by subject, and what the default filter makes of each subject.
///
/// What is listed nowhere is refused. Refused on purpose, whatever a container's capabilities, are:
///
/// - kernel keyrings (`add_key`, `keyctl`, `request_key`): they know no namespaces;
/// - a new kernel (`kexec_load`, `kexec_file_load`), swap (`swapon`, `swapoff`), NFS' own (`nfsservctl`);
/// - `userfaultfd` and `io_uring_*`: long records of flaws in the kernel, and io_uring passes filters by;
/// - moving the root from under others (`pivot_root`), pages between NUMA nodes (`move_pages`, `migrate_pages`);
/// - relics that nothing asks for: `uselib`, `ustat`, `sysfs`, `vm86`, `_sysctl`, `create_module` and the like.
enum DefaultSeccompCalls {
  /// Calls with something in common.
  struct Group: Sendable {
    /// What they are about.
    var subject: String
    /// Why they are treated as they are.
    var reason: String
    /// The names, between blanks.
    fileprivate var text: String

    /// The names of the calls.
    var names: [String] {
      text.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { String(Substring($0)) }
    }
  }

  /// Allowed to everybody. A call that needs a capability is among them where the kernel's own check is all
  /// the protection it needs.
  static let common: [Group] = [
    Group(
      subject: "opening, closing and duplicating files",
      reason: "whose file it is, and which tree it is in, the kernel checks",
      text: """
        open openat openat2 creat close close_range dup dup2 dup3 fcntl fcntl64 flock umask name_to_handle_at
        memfd_create memfd_secret pipe pipe2 ioctl
        """),
    Group(
      subject: "reading and writing", reason: "on descriptors the program already holds",
      text: """
        read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek sendfile
        sendfile64 splice tee vmsplice copy_file_range readahead fadvise64 fadvise64_64 fallocate truncate
        truncate64 ftruncate ftruncate64 sync syncfs fsync fdatasync sync_file_range cachestat
        """),
    Group(
      subject: "folders and names", reason: "ordinary permissions apply",
      text: """
        mkdir mkdirat rmdir mknod mknodat link linkat symlink symlinkat readlink readlinkat unlink unlinkat
        rename renameat renameat2 getdents getdents64 getcwd chdir fchdir
        """),
    Group(
      subject: "what a file is and whose", reason: "ordinary permissions apply",
      text: """
        stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64
        access faccessat faccessat2 chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat
        lchown lchown32 utime utimes futimesat utimensat utimensat_time64
        """),
    Group(
      subject: "extended attributes", reason: "the kernel checks each namespace of attributes itself",
      text: """
        getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr
        flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
        """),
    Group(
      subject: "looking at mounts", reason: "shows only mounts of the own namespace",
      text: "statmount listmount"),
    Group(
      subject: "memory", reason: "the program's own",
      text: """
        brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall
        remap_file_pages membarrier mseal map_shadow_stack pkey_alloc pkey_free pkey_mprotect
        process_mrelease
        """),
    Group(
      subject: "processes and threads", reason: "clone has conditions of its own, see below",
      text: """
        fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid getpgrp
        setpgid getsid setsid set_tid_address prctl pidfd_open get_robust_list set_robust_list rseq
        set_thread_area get_thread_area restart_syscall futex futex_time64 futex_wait futex_waitv futex_wake
        futex_requeue
        """),
    Group(
      subject: "users, groups and capabilities",
      reason: "nothing can be gained that the container was not given",
      text: """
        getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid
        getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid
        setregid32 setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32
        setgroups setgroups32 capget capset
        """),
    Group(
      subject: "signals", reason: "reach processes of the own namespace only",
      text: """
        kill tkill tgkill pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
        rt_tgsigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 sigaltstack
        sigprocmask sigreturn signalfd signalfd4 pause
        """),
    Group(
      subject: "reading clocks, timers and waiting",
      reason: "the calls that also set a clock are checked for CAP_SYS_TIME by the kernel",
      text: """
        time gettimeofday times clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_adjtime
        clock_adjtime64 adjtimex nanosleep clock_nanosleep clock_nanosleep_time64 alarm getitimer setitimer
        timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
        timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
        """),
    Group(
      subject: "waiting for events", reason: "on descriptors the program already holds",
      text: """
        select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl
        epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 inotify_init
        inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark
        """),
    Group(
      subject: "asynchronous input and output", reason: "the old interface, which every filter still sees",
      text: "io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64"),
    Group(
      subject: "talking through sockets",
      reason:
        "socket has a condition of its own; socketcall hides its arguments behind a pointer, and 32-bit "
        + "programs cannot do without it",
      text: """
        socketcall socketpair bind listen accept accept4 connect getsockname getpeername getsockopt setsockopt
        shutdown send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64
        """),
    Group(
      subject: "messages, semaphores and shared memory", reason: "in a namespace of their own",
      text: """
        ipc msgget msgsnd msgrcv msgctl semget semop semctl semtimedop semtimedop_time64 shmget shmat shmdt
        shmctl mq_open mq_unlink mq_getsetattr mq_notify mq_timedsend mq_timedsend_time64 mq_timedreceive
        mq_timedreceive_time64
        """),
    Group(
      subject: "scheduling and limits",
      reason: "a raise is checked by the kernel, and the control group bounds the rest",
      text: """
        sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam
        sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min
        sched_rr_get_interval sched_rr_get_interval_time64 getpriority setpriority ioprio_get ioprio_set
        getrlimit ugetrlimit setrlimit prlimit64 getrusage getcpu
        """),
    Group(
      subject: "about the system", reason: "what anybody may know",
      text: "uname sysinfo getrandom riscv_hwprobe"),
    Group(
      subject: "locking oneself in", reason: "can only take rights away",
      text: "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self"),
    Group(
      subject: "return probes", reason: "made by the kernel's own trampoline, never by a program",
      text: "uretprobe"),
  ]

  /// Watching other processes of the container: until Linux 4.8 a tracer could slip past a filter.
  static let tracing = Group(
    subject: "tracing", reason: "a tracer's changes are filtered since Linux 4.8",
    text: "ptrace process_vm_readv process_vm_writev")

  /// What comes with a capability. The kernel would refuse these calls without it anyhow; that they are not
  /// even reached keeps flaws behind them out of reach.
  static let byCapability: [(capability: String, group: Group)] = [
    (
      "CAP_SYS_ADMIN",
      Group(
        subject: "mounts, namespaces and the like", reason: "the machine's configuration",
        text: """
          mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick clone clone3
          unshare setns sethostname setdomainname quotactl quotactl_fd bpf perf_event_open fanotify_init
          lookup_dcookie syslog lsm_get_self_attr lsm_set_self_attr lsm_list_modules
          """)
    ),
    (
      "CAP_DAC_READ_SEARCH",
      Group(
        subject: "files by handle", reason: "a handle passes every folder by, those outside the root too",
        text: "open_by_handle_at")
    ),
    ("CAP_SYS_BOOT", Group(subject: "restarting", reason: "a namespace's or the machine's", text: "reboot")),
    (
      "CAP_SYS_CHROOT",
      Group(subject: "another root", reason: "a known way out of a poor jail", text: "chroot")
    ),
    (
      "CAP_SYS_MODULE",
      Group(
        subject: "kernel modules", reason: "code in the kernel: never without asking for it",
        text: "init_module finit_module delete_module")
    ),
    ("CAP_SYS_PACCT", Group(subject: "accounting", reason: "the machine's", text: "acct")),
    (
      "CAP_SYS_PTRACE",
      Group(
        subject: "other processes' insides", reason: "reaches what the user ID alone does not",
        text: "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace")
    ),
    ("CAP_SYS_RAWIO", Group(subject: "ports", reason: "bare hardware", text: "iopl ioperm")),
    (
      "CAP_SYS_TIME",
      Group(
        subject: "setting clocks", reason: "there is one for the whole machine",
        text: "settimeofday stime clock_settime clock_settime64")
    ),
    ("CAP_SYS_TTY_CONFIG", Group(subject: "terminals", reason: "hangs up others", text: "vhangup")),
    (
      "CAP_SYS_NICE",
      Group(
        subject: "NUMA policy", reason: "weighs on neighbours",
        text: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node")
    ),
    ("CAP_SYSLOG", Group(subject: "the kernel's log", reason: "tells addresses", text: "syslog")),
    ("CAP_BPF", Group(subject: "BPF", reason: "programs in the kernel", text: "bpf")),
    (
      "CAP_PERFMON",
      Group(subject: "performance events", reason: "watches the whole machine", text: "perf_event_open")
    ),
  ]

  /// What only some processors have.
  static let byProcessor: [DefaultSeccompProfile.Processor: Group] = [
    .amd64: Group(
      subject: "x86", reason: "segments: thread-local storage and 16-bit programs",
      text: "arch_prctl modify_ldt"),
    .aarch64: Group(
      subject: "Arm", reason: "what 32-bit programs need",
      text: "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"),
  ]
}

import CShim
import Glibc

/// What is known of the system calls that a launch makes: their names, and which of their arguments are texts.
/// The init holds the same table of texts (`report.c`).
enum KernelCallTable {
  private static let names: [Int: String] = [
    Int(__NR_mount): "mount", Int(__NR_umount2): "umount2", Int(__NR_chdir): "chdir",
    Int(__NR_fchdir): "fchdir",
    Int(__NR_chroot): "chroot", Int(__NR_pivot_root): "pivot_root", Int(__NR_fsopen): "fsopen",
    Int(__NR_fsconfig): "fsconfig", Int(__NR_fsmount): "fsmount", Int(__NR_move_mount): "move_mount",
    Int(__NR_open_tree): "open_tree", Int(__NR_mount_setattr): "mount_setattr", Int(__NR_openat2): "openat2",
    Int(__NR_mkdirat): "mkdirat", Int(__NR_mknodat): "mknodat", Int(__NR_symlinkat): "symlinkat",
    Int(__NR_fchownat): "fchownat", Int(__NR_fchown): "fchown", Int(__NR_sethostname): "sethostname",
    Int(__NR_setdomainname): "setdomainname", Int(__NR_prctl): "prctl", Int(__NR_setns): "setns",
    Int(__NR_clone): "clone", Int(__NR_unshare): "unshare", Int(__NR_clone3): "clone3",
    Int(__NR_setsid): "setsid", Int(__NR_keyctl): "keyctl",
    Int(__NR_ioctl): "ioctl", Int(__NR_dup3): "dup3", Int(__NR_write): "write",
    Int(__NR_prlimit64): "prlimit64",
    Int(__NR_umask): "umask", Int(__NR_personality): "personality", Int(__NR_sched_setattr): "sched_setattr",
    Int(__NR_sched_setaffinity): "sched_setaffinity", Int(__NR_ioprio_set): "ioprio_set",
    Int(__NR_set_mempolicy): "set_mempolicy", Int(__NR_seccomp): "seccomp", Int(__NR_setgroups): "setgroups",
    Int(__NR_setresgid): "setresgid", Int(__NR_setresuid): "setresuid", Int(__NR_capset): "capset",
    Int(__NR_close_range): "close_range", Int(__NR_execve): "execve", Int(__NR_execveat): "execveat",
    Int(__NR_openat): "openat", Int(__NR_faccessat2): "faccessat2", Int(__NR_readlinkat): "readlinkat",
    Int(__NR_fstat): "fstat", Int(__NR_fstatfs): "fstatfs", Int(__NR_setpgid): "setpgid",
    Int(__NR_memfd_create): "memfd_create", Int(__NR_socket): "socket", Int(__NR_getcwd): "getcwd",
    Int(__NR_sendfile): "sendfile", Int(__NR_fchmod): "fchmod", Int(__NR_getdents64): "getdents64",
    Int(__NR_fspick): "fspick", Int(__NR_statx): "statx", Int(__NR_fcntl): "fcntl",
    Int(__NR_fchmodat): "fchmodat",
  ]

  static func name(of call: Int) -> String? { names[call] }

  /// How many texts a report on a call holds of its own.
  static func textCount(of report: Report) -> Int { textArguments(of: report).count }

  /// Which arguments of a call are texts.
  static func textArguments(of report: Report) -> [Int] {
    switch Int32(report.call) {
    case __NR_mount: [0, 1, 2]
    case __NR_umount2, __NR_chdir, __NR_chroot, __NR_fsopen, __NR_execve, __NR_memfd_create,
      __NR_sethostname, __NR_setdomainname:
      [0]
    case __NR_pivot_root: [0, 1]
    case __NR_openat, __NR_openat2, __NR_faccessat2, __NR_readlinkat, __NR_open_tree, __NR_mkdirat,
      __NR_mknodat, __NR_fchownat, __NR_fchmodat,
      __NR_mount_setattr, __NR_fspick, __NR_statx, __NR_write,
      __NR_keyctl:
      [1]
    case __NR_symlinkat: [0, 2]
    case __NR_move_mount: [1, 3]
    case __NR_fsconfig: report.arguments[1] == 1 ? [2, 3] : report.arguments[1] == 0 ? [2] : []
    default: []
    }
  }
}

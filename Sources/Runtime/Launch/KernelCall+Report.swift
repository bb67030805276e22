import CShim
import Glibc

extension KernelCall {
  /// A call that the init made, told from its report.
  ///
  /// - Parameter step: what the call was made for: lists of texts are not sent back, but are the step's own.
  init(_ report: Report, of step: Step? = nil) {
    let reader = ReportReader(report: report, step: step)
    self = (reader.files ?? reader.mounts ?? reader.process ?? reader.settings ?? reader.unnamed)
      .returning(report.result)
  }
}

/// Takes a report apart: each group of calls answers nil where the call is not one of its own.
private struct ReportReader {
  let report: Report
  let step: Step?

  private var call: Int32 { Int32(truncatingIfNeeded: report.call) }
  private func number(_ index: Int) -> UInt64 { report.arguments[index] }
  private func word(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: report.arguments[index]) }
  private func file(_ index: Int) -> CallDescriptor { CallDescriptor(report.arguments[index]) }

  /// The text that argument `index` points to; nil for a null pointer.
  private func text(_ index: Int) -> String? {
    guard report.arguments[index] != 0,
      let position = KernelCallTable.textArguments(of: report).firstIndex(of: index),
      position < report.texts.count
    else { return nil }
    return report.texts[position]
  }

  private func path(_ index: Int) -> String { text(index) ?? "" }

  var files: KernelCall? {
    switch call {
    case __NR_openat: .openat(file(0), path(1), number(2))
    case __NR_faccessat2: .faccessat2(file(0), path(1), word(2), flags: number(3))
    case __NR_readlinkat:
      KernelCall("readlinkat", [file(0).text, KernelCall.quote(path(1)), "...", String(number(3))])
    case __NR_statx: KernelCall("statx", [file(0).text, KernelCall.quote(path(1)), "..."])
    case __NR_fstat, __NR_fstatfs:
      KernelCall(call == __NR_fstat ? "fstat" : "fstatfs", [file(0).text, "..."])
    case __NR_openat2:
      .openat2(file(0), path(1), flags: report.extra[0], mode: report.extra[1], resolve: report.extra[2])
    case __NR_write: .write(file(0), path(1), count: Int(number(2)))
    case __NR_mkdirat: .mkdirat(file(0), path(1), mode: word(2))
    case __NR_mknodat: .mknodat(file(0), path(1), mode: word(2), device: number(3))
    case __NR_symlinkat: .symlinkat(path(0), file(1), path(2))
    case __NR_fchownat: .fchownat(file(0), path(1), uid: word(2), gid: word(3), flags: number(4))
    case __NR_fchown: .fchown(file(0), uid: word(1), gid: word(2))
    case __NR_fchmodat: .fchmodat(file(0), path(1), mode: word(2))
    case __NR_dup3: .dup3(file(0), CInt(truncatingIfNeeded: number(1)))
    case __NR_close_range: .close_range(String(word(0)), String(word(1)), flags: number(2))
    case __NR_ioctl: .ioctl(file(0), number(1), number(2), words: report.extra)
    default: nil
    }
  }

  var mounts: KernelCall? {
    switch call {
    case __NR_mount: .mount(text(0), path(1), text(2), flags: number(3))
    case __NR_umount2: .umount2(path(0), flags: number(1))
    case __NR_fsopen: .fsopen(path(0), flags: number(1))
    case __NR_fspick: .fspick(file(0), path(1), flags: number(2))
    case __NR_fsconfig: .fsconfig(file(0), command: number(1), key: text(2), value: text(3))
    case __NR_fsmount: .fsmount(file(0), flags: number(1), attributes: number(2))
    case __NR_open_tree: .open_tree(file(0), path(1), flags: number(2))
    case __NR_move_mount: .move_mount(file(0), path(1), to: file(2), path(3), flags: number(4))
    case __NR_mount_setattr: .mount_setattr(file(0), path(1), at: number(2), words: report.extra)
    case __NR_pivot_root: .pivot_root(path(0), path(1))
    case __NR_chroot: .chroot(path(0))
    case __NR_chdir: .chdir(path(0))
    case __NR_fchdir: .fchdir(file(0))
    default: nil
    }
  }

  var process: KernelCall? {
    switch call {
    case __NR_clone3:
      .clone3(
        flags: report.extra[0], pidfd: report.extra[0] & 0x1000 == 0 ? nil : "&pidfd",
        exitSignal: report.extra[4])
    case __NR_clone: .clone(number(0))
    case __NR_unshare: .unshare(number(0))
    case __NR_setns: .setns(file(0), number(1))
    case __NR_setsid: .setsid()
    case __NR_setpgid: .setpgid()
    case __NR_keyctl: .joinSessionKeyring(path(1))
    case __NR_execve: execution
    case __NR_prctl: .prctl(number(0), Array(report.arguments[1...4]))
    case __NR_capset: capset
    case __NR_setgroups: groups
    case __NR_setresgid: .setresgid(word(0))
    case __NR_setresuid: .setresuid(word(0))
    case __NR_seccomp: .seccompFilter(flags: number(1), instructions: Int(report.extra[0] & 0xffff))
    default: nil
    }
  }

  var settings: KernelCall? {
    switch call {
    case __NR_prlimit64: .prlimit64(number(1), soft: report.extra[0], hard: report.extra[1])
    case __NR_sched_setattr: .sched_setattr(report.extra)
    case __NR_sched_setaffinity:
      .sched_setaffinity(size: Int(number(1)), mask: Array(report.extra.prefix(Int(number(1) / 8))))
    case __NR_ioprio_set: .ioprio_set(number(2))
    case __NR_set_mempolicy:
      .set_mempolicy(
        mode: number(0), mask: number(1) == 0 ? nil : Array(report.extra.prefix(Int(number(2) / 64))),
        maximum: number(2))
    case __NR_umask: .umask(word(0))
    case __NR_personality: .personality(number(0))
    case __NR_sethostname: .sethostname(path(0))
    case __NR_setdomainname: .setdomainname(path(0))
    default: nil
    }
  }

  var unnamed: KernelCall {
    let arguments = report.arguments.map { KernelCall.hex($0) }
    guard let name = KernelCallTable.name(of: report.call) else {
      return KernelCall("syscall", [String(report.call)] + arguments)
    }
    return KernelCall(name, arguments)
  }

  private var execution: KernelCall {
    switch step {
    case .execute(let arguments, let environment, _):
      .execve(path(0), arguments, variables: environment.count)
    case .containerHook(let step):
      .execve(path(0), step.hook.arguments, variables: step.hook.env.count)
    default: .execve(path(0), [], variables: 0)
    }
  }

  private var groups: KernelCall {
    guard case .becomeUser(_, _, let groups) = step else {
      return number(1) == 0 ? .setgroups(nil) : KernelCall("setgroups", [String(number(0)), "[...]"])
    }
    return .setgroups(groups)
  }

  private var capset: KernelCall {
    // Two sets of three 32-bit masks, the lower halves first.
    let halves = report.extra.prefix(3).flatMap { [$0 & 0xffff_ffff, $0 >> 32] }
    return .capset(
      effective: halves[0] | halves[3] << 32, permitted: halves[1] | halves[4] << 32,
      inheritable: halves[2] | halves[5] << 32)
  }
}

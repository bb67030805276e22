import CSeccomp
import Glibc
import OCISpec
import Testing

@testable import Runtime

/// The meaning of a profile, worked out rule by rule with no compiler in between.
private struct Expectation {
  var profile: LinuxSeccomp
  var architecture: SeccompArchitecture
  private var last: UInt32 = 0

  init(_ profile: LinuxSeccomp, on architecture: SeccompArchitecture) {
    self.profile = profile
    self.architecture = architecture
    last = profile.syscalls.flatMap(\.names).compactMap { architecture.number(of: $0) }.max() ?? 0
  }

  /// From the number to the name, the other way round than compiling goes.
  private func name(_ number: UInt32) -> String? {
    if let text = seccomp_syscall_resolve_num_arch(architecture.token, Int32(bitPattern: number)) {
      defer { free(text) }
      return String(cString: text)
    }
    return profile.syscalls.flatMap(\.names).first {
      seccomp_syscall_resolve_name($0) == -1 && SeccompNumbers.number(of: $0, on: architecture) == number
    }
  }

  /// What a call with certain arguments comes to, by its number.
  func verdict(_ number: UInt32) -> ([UInt64]) -> UInt32 {
    if number > last { return { _ in Verdict.errno(38) } }
    let name = name(number)
    let rules = profile.syscalls.filter { rule in name.map(rule.names.contains) ?? false }
    return { args in
      let special = rules.first { $0.args.allSatisfy { holds($0, args) } }
      guard let rule = rules.first(where: { $0.args.isEmpty }) ?? special else {
        return SeccompFilter.code(profile.defaultAction, profile.defaultErrnoRet)
      }
      return SeccompFilter.code(rule.action, rule.errnoRet)
    }
  }

  private func holds(_ arg: LinuxSeccompArg, _ args: [UInt64]) -> Bool {
    let value = args[Int(arg.index)]
    return switch arg.op {
    case .equalTo: value == arg.value
    case .notEqual: value != arg.value
    case .lessThan: value < arg.value
    case .lessEqual: value <= arg.value
    case .greaterThan: value > arg.value
    case .greaterEqual: value >= arg.value
    case .maskedEqual: value & arg.value == arg.valueTwo
    }
  }
}

private func allowed(_ profile: LinuxSeccomp) -> Set<String> {
  Set(profile.syscalls.filter { $0.action == .allow && $0.args.isEmpty }.flatMap(\.names))
}

private let standard = CapabilitySet.containerDefault

@Suite struct DefaultProfile {
  #if arch(x86_64)
    /// Every number of every architecture, with arguments on and beside every condition.
    @Test(arguments: [
      CapabilitySet(), standard, standard.union(CapabilitySet(specName: "CAP_SYS_ADMIN")!),
      CapabilitySet(rawValue: (1 << 41) - 1),
    ])
    func compiledFilterMeansWhatTheProfileSays(capabilities: CapabilitySet) throws {
      let profile = DefaultSeccompProfile.profile(capabilities: capabilities)
      let machine = FilterMachine(try SeccompFilter(compiling: profile))
      let firsts: [UInt64] =
        Array(0...47) + [0x2_0000, 0x2_0008, 0x1000_0000, 0x7e02_0000, 0x0100_0000, 0xffff_ffff]
      for (arch, audit, base) in [
        (Arch.amd64, Audit.amd64, UInt32(0)), (.x86, Audit.i386, 0), (.x32, Audit.amd64, 1 << 30),
      ] {
        let expected = Expectation(profile, on: try #require(SeccompArchitecture(arch)))
        var wrong: [String] = []
        for number in UInt32(0)..<600 {
          let verdict = expected.verdict(base + number)
          for first in firsts {
            let args = [first, 0, 0, 0, 0, 0]
            let actual = try machine.decide(audit: audit, number: base + number, args)
            if actual != verdict(args) { wrong.append("\(arch) \(number)(\(first)): \(actual)") }
          }
        }
        #expect(wrong.prefix(10) == [])
      }
    }

    @Test func familyWithUpperHalfIsRefused() throws {
      let profile = DefaultSeccompProfile.profile(capabilities: standard)
      let machine = FilterMachine(try SeccompFilter(compiling: profile))
      let socket: UInt32 = 41
      for (family, isAllowed) in [
        (1, true), (2, true), (10, true), (16, true), (17, true), (38, false), (40, false), (46, false),
        (0x1_0000_0026, false), (0x1_0000_0028, false),
      ] as [(UInt64, Bool)] {
        let verdict = try machine.decide(audit: Audit.amd64, number: socket, [family, 1, 0])
        #expect(verdict == (isAllowed ? Verdict.allow : Verdict.errno(1)), "\(family)")
      }
    }
  #endif

  @Test func dangerousCallsAreNeverAllowed() {
    let all = DefaultSeccompProfile.profile(capabilities: CapabilitySet(rawValue: .max))
    let never: Set = [
      "add_key", "keyctl", "request_key", "kexec_load", "kexec_file_load", "swapon", "swapoff", "userfaultfd",
      "io_uring_setup", "io_uring_enter", "io_uring_register", "pivot_root", "move_pages", "migrate_pages",
      "uselib", "ustat", "sysfs", "_sysctl", "nfsservctl", "vm86", "create_module", "query_module",
    ]
    #expect(allowed(all).isDisjoint(with: never))
  }

  @Test func everyNameIsACallAndIsNamedOnce() {
    for processor in [DefaultSeccompProfile.Processor.amd64, .aarch64] {
      let profile = DefaultSeccompProfile.profile(
        capabilities: CapabilitySet(rawValue: .max), processor: processor)
      let names = profile.syscalls[0].names
      #expect(Set(names).count == names.count)
      // A misspelt name would silently be refused.
      for name in names {
        let isKnown = Arch.allCases.contains { arch in
          SeccompArchitecture(arch)?.number(of: name) != nil
        }
        #expect(isKnown || Self.foreign.contains(name), "\(name)")
      }
    }
  }

  /// Calls of old kernels, or aliases, that no architecture's table lists today.
  private static let foreign: Set = ["fstatat64", "utimensat_time64"]

  static let gates: [(String, Set<String>)] = [
    ("CAP_DAC_READ_SEARCH", ["open_by_handle_at"]),
    (
      "CAP_SYS_ADMIN",
      [
        "bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick",
        "lookup_dcookie", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr", "mount",
        "mount_setattr", "move_mount", "open_tree", "perf_event_open", "quotactl", "quotactl_fd",
        "setdomainname", "sethostname", "setns", "syslog", "umount", "umount2", "unshare",
      ]
    ),
    ("CAP_SYS_BOOT", ["reboot"]), ("CAP_SYS_CHROOT", ["chroot"]),
    ("CAP_SYS_MODULE", ["delete_module", "init_module", "finit_module"]), ("CAP_SYS_PACCT", ["acct"]),
    ("CAP_SYS_PTRACE", ["kcmp", "pidfd_getfd", "process_madvise"]), ("CAP_SYS_RAWIO", ["iopl", "ioperm"]),
    ("CAP_SYS_TIME", ["settimeofday", "stime", "clock_settime", "clock_settime64"]),
    ("CAP_SYS_TTY_CONFIG", ["vhangup"]),
    ("CAP_SYS_NICE", ["get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"]),
    ("CAP_SYSLOG", ["syslog"]), ("CAP_BPF", ["bpf"]), ("CAP_PERFMON", ["perf_event_open"]),
    ("CAP_NET_ADMIN", []), ("CAP_SYS_RESOURCE", []),
  ]

  @Test(arguments: gates)
  func capabilityOpensItsCallsAndNoOthers(name: String, calls: Set<String>) throws {
    let none = allowed(DefaultSeccompProfile.profile(capabilities: []))
    let one = try #require(CapabilitySet(specName: name))
    #expect(allowed(DefaultSeccompProfile.profile(capabilities: one)).subtracting(none) == calls)
    #expect(none.isDisjoint(with: calls))
  }

  @Test func clone3IsReplacedByCloneUnlessNamespacesAreAllowed() throws {
    func rule(_ capabilities: CapabilitySet, _ name: String) -> LinuxSyscall? {
      DefaultSeccompProfile.profile(capabilities: capabilities).syscalls.first { $0.names == [name] }
    }
    #expect(rule(standard, "clone3") == LinuxSyscall(names: ["clone3"], action: .errno, errnoRet: 38))
    #expect(rule(standard, "clone")?.args.first?.op == .maskedEqual)
    #expect(rule(standard, "clone")?.args.first?.value == 0x7e02_0000)
    let admin = try #require(CapabilitySet(specName: "CAP_SYS_ADMIN"))
    #expect(rule(admin, "clone3") == nil)
    #expect(rule(admin, "clone") == nil)
  }

  @Test(arguments: [
    ("4.7.10", false), ("4.8.0", true), ("3.10.0-1160.el7", false), ("4.19.0-5-amd64", true), ("6.18", true),
    ("10.0", true), ("strange", false),
  ])
  func tracingNeedsAKernelThatFiltersTracers(release: String, isAllowed: Bool) {
    let profile = DefaultSeccompProfile.profile(capabilities: standard, kernel: release)
    #expect(allowed(profile).contains("ptrace") == isAllowed)
    #expect(allowed(profile).contains("process_vm_readv") == isAllowed)
  }

  @Test func processorsDiffer() {
    let x86 = DefaultSeccompProfile.profile(capabilities: standard, processor: .amd64)
    let arm = DefaultSeccompProfile.profile(capabilities: standard, processor: .aarch64)
    #expect(x86.architectures == [.amd64, .x86, .x32])
    #expect(arm.architectures == [.aarch64, .arm])
    #expect(allowed(x86).subtracting(allowed(arm)) == ["arch_prctl", "modify_ldt"])
    #expect(allowed(arm).contains("set_tls"))
  }
}

import Glibc
import OCISpec

/// The system call filter of a container that was not given one.
///
/// It has the effect of Docker's default profile as of August 2026 (the allow-list of socket families
/// included), compared call by call and argument by argument, for every capability alone. There is one
/// difference: processors this runtime is not built for have no entries.
public enum DefaultSeccompProfile {
  /// The processors this runtime is built for.
  public enum Processor: Sendable {
    case amd64
    case aarch64

    /// The one this program runs on.
    public static var native: Processor {
      #if arch(x86_64)
        .amd64
      #elseif arch(arm64)
        .aarch64
      #else
        #error("no default filter for this processor")
      #endif
    }
  }

  /// The filter for a container.
  ///
  /// - Parameters:
  ///   - capabilities: what the container holds: its bounding set.
  ///   - processor: whose calls it makes, 32-bit ones included.
  ///   - kernel: the kernel's release as in `6.1.0-18-amd64`; absent means the running one.
  public static func profile(
    capabilities: CapabilitySet, processor: Processor = .native, kernel: String? = nil
  ) -> LinuxSeccomp {
    var allowed: [String] = []
    for group in DefaultSeccompCalls.common { allowed += group.names }
    if let group = DefaultSeccompCalls.byProcessor[processor] { allowed += group.names }
    if filtersTracers(kernel ?? runningKernel()) { allowed += DefaultSeccompCalls.tracing.names }
    for (capability, group) in DefaultSeccompCalls.byCapability {
      guard let one = CapabilitySet(specName: capability), capabilities.contains(one) else { continue }
      allowed += group.names
    }

    // Some come with either of two capabilities.
    var seen: Set<String> = []
    var rules = [LinuxSyscall(names: allowed.filter { seen.insert($0).inserted }, action: .allow)]
    rules += socketRules
    rules += personalities.map { allow("personality", .init(index: 0, value: $0, op: .equalTo)) }
    if !capabilities.contains(CapabilitySet(specName: "CAP_SYS_ADMIN")!) {
      // A thread or a child is everybody's right, a namespace is not.
      rules.append(
        allow("clone", .init(index: 0, value: namespaceFlags, valueTwo: 0, op: .maskedEqual)))
      // Its flags are behind a pointer; told that it does not exist, C libraries fall back to clone.
      rules.append(LinuxSyscall(names: ["clone3"], action: .errno, errnoRet: UInt32(ENOSYS)))
    }
    return LinuxSeccomp(
      defaultAction: .errno, defaultErrnoRet: UInt32(EPERM), architectures: architectures(processor),
      syscalls: rules)
  }

  /// `CLONE_NEWNS`, `…CGROUP`, `…UTS`, `…IPC`, `…USER`, `…PID` and `…NET` of clone(2).
  private static let namespaceFlags: UInt64 =
    0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000

  /// The values of personality(2) let through: Linux, 32-bit Linux, both with `UNAME26`, and the question.
  private static let personalities: [UInt64] = [0, 0x0008, 0x2_0000, 0x2_0008, 0xffff_ffff]

  /// The address families a socket may have, by their numbers in socket(2).
  ///
  /// Left out are those the kernel removed (DECnet 12, Econet 19, ATM SVC 20, IrDA 23, WANPIPE 25, ISDN 34,
  /// CAIF 37), the kernel's cryptography (ALG 38: CVE-2026-31431, and no container needs it), and virtual
  /// machines' sockets (VSOCK 40: it knows no network namespaces). Listing what is allowed also holds against
  /// a number whose upper half, which the kernel ignores, is not zero.
  private static let socketFamilies: [ClosedRange<UInt64>] = [
    13...18, 21...22, 24...24, 26...33, 35...36, 39...39, 41...45,
  ]

  private static var socketRules: [LinuxSyscall] {
    [allow("socket", .init(index: 0, value: 12, op: .lessThan))]
      + socketFamilies.joined().map { allow("socket", .init(index: 0, value: $0, op: .equalTo)) }
  }

  private static func allow(_ name: String, _ arg: LinuxSeccompArg) -> LinuxSyscall {
    LinuxSyscall(names: [name], action: .allow, args: [arg])
  }

  private static func architectures(_ processor: Processor) -> [Arch] {
    switch processor {
    case .amd64: [.amd64, .x86, .x32]
    case .aarch64: [.aarch64, .arm]
    }
  }

  private static func runningKernel() -> String {
    var system = utsname()
    guard uname(&system) == 0 else { return "" }
    return withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Whether a release is 4.8 or later, where calls that a tracer changed are filtered anew; one that cannot
  /// be read is taken for an old one.
  private static func filtersTracers(_ release: String) -> Bool {
    let numbers = release.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
    guard numbers.count == 2 else { return false }
    return (numbers[0], numbers[1]) >= (4, 8)
  }
}

import CShim
import Glibc

extension CloneStep {
  /// `CLONE_VM`, `CLONE_PIDFD`, `CLONE_CLEAR_SIGHAND`: what `shim_launch` adds to the namespaces.
  private static let always: UInt64 = 0x100 | 0x1000 | 0x1_0000_0000
  private static let intoCgroup: UInt64 = 0x2_0000_0000
  /// `CLONE_VFORK`.
  private static let untilExec: UInt64 = 0x4000

  /// The call that makes the child.
  func call(pidfd: CInt, cgroup descriptor: CInt) -> KernelCall {
    call(pidfd: "[\(pidfd)]", cgroup: descriptor < 0 ? nil : .number(descriptor))
  }

  func call(pidfd: String, cgroup descriptor: CallDescriptor?) -> KernelCall {
    .clone3(
      flags: namespaces.rawValue | Self.always | (descriptor == nil ? 0 : Self.intoCgroup)
        | (waitsForExec ? Self.untilExec : 0), pidfd: pidfd,
      exitSignal: UInt64(SIGCHLD), stack: "stack", stackSize: 32 << 10, cgroup: descriptor)
  }

  /// What the child does before it can report: the few calls up to its exec (`launch.c`), and the first ones of
  /// the init (`init_main`).
  func childCalls(
    program: CallDescriptor, report: CallDescriptor, kept: [CallDescriptor], firstUnknown: Int
  ) -> [KernelCall] {
    var calls: [KernelCall] = []
    var limit: [UInt64] = [0, 0]
    if shim_usual_descriptors(&limit) {
      calls.append(.prlimit64(UInt64(RLIMIT_NOFILE.rawValue), soft: limit[0], hard: limit[1]))
    }
    calls.append(.close_range(String(firstUnknown), String(UInt32.max), flags: 4))
    calls += kept.map { .setDescriptorFlags($0, closeOnExec: false) }
    calls += [.execveat(program, ["swiftainer-init", report.text], variables: 0), .prctl(4, 0)]
    return calls.map { $0.returning(0) } + [
      // It returns the mask that the runtime was given: of no interest, and not told.
      .umask(0), .setDescriptorFlags(report, closeOnExec: true).returning(0),
    ]
  }
}

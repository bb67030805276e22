import CShim
import OCISpec

extension Features {
  /// What this runtime supports, read from the tables it works with. But for the capabilities and the flags of
  /// filters, which the kernel has or has not, it is the same on every machine.
  public static var ofThisRuntime: Features {
    Features(
      ociVersionMin: "1.0.0", ociVersionMax: OCI.specVersion,
      hooks: HookKind.allCases.map(\.rawValue), mountOptions: MountOptions.known, linux: linux,
      annotations: [
        "dev.swiftainer.version": RuntimeVersion.number,
        "dev.swiftainer.commit": RuntimeVersion.commit,
        "io.github.seccomp.libseccomp.version": SeccompFilter.libraryVersion,
      ],
      potentiallyUnsafeConfigAnnotations: [UnitProperty.annotationPrefix])
  }

  private static var linux: LinuxFeatures {
    LinuxFeatures(
      namespaces: LinuxNamespaceType.allCases.map(\.rawValue).sorted(),
      capabilities: CapabilitySet.supported.names,
      cgroup: CgroupFeatures(v1: true, v2: true, systemd: true, systemdUser: false, rdma: true),
      seccomp: seccomp,
      apparmor: FeatureSwitch(enabled: true), selinux: FeatureSwitch(enabled: true),
      intelRdt: IntelRdtFeatures(enabled: true, schemata: true, monitoring: true),
      memoryPolicy: MemoryPolicyFeatures(
        modes: MemoryPolicyModeType.allCases.map(\.rawValue).sorted(),
        flags: MemoryPolicyFlagType.allCases.map(\.rawValue).sorted()),
      mountExtensions: MountExtensions(idmap: FeatureSwitch(enabled: true)),
      netDevices: FeatureSwitch(enabled: true))
  }

  private static var seccomp: SeccompFeatures {
    SeccompFeatures(
      enabled: true, actions: LinuxSeccompAction.allCases.map(\.rawValue).sorted(),
      operators: LinuxSeccompOperator.allCases.map(\.rawValue).sorted(),
      archs: Arch.allCases.filter { SeccompArchitecture($0) != nil }.map(\.rawValue).sorted(),
      knownFlags: LinuxSeccompFlag.allCases.map(\.rawValue).sorted(),
      supportedFlags: LinuxSeccompFlag.allCases.filter(isSupported).map(\.rawValue).sorted())
  }

  private static func isSupported(_ flag: LinuxSeccompFlag) -> Bool {
    let bits: UInt32 =
      switch flag {
      case .tsync: 1
      case .log: SeccompFilter.flagLog
      case .specAllow: SeccompFilter.flagSpecAllow
      // The kernel takes it with a listener only.
      case .waitKillableRecv: SeccompFilter.flagWaitKillableReceive | SeccompFilter.flagNewListener
      }
    return shim_seccomp_takes_flags(bits) == 1
  }
}

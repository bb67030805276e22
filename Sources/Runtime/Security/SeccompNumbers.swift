import OCISpec

/// System calls newer than the libseccomp we may be linked with, which would otherwise fall to a profile's
/// default action although the profile names them. libseccomp is asked first; this table only fills in.
///
/// Since Linux 5.1 a new call has the same number on every architecture but for the architecture's base.
/// Source: scripts/syscall.tbl and arch/*/syscall*.tbl of Linux 6.19.
enum SeccompNumbers {
  /// The number of `name` on `architecture`, or `nil` where there is no such call or it is an old one.
  static func number(of name: String, on architecture: SeccompArchitecture) -> UInt32? {
    if let own = specific.first(where: { $0.name == name && $0.arch == architecture.arch }) {
      return own.number + architecture.numberBase
    }
    guard let index = common.firstIndex(of: name) else { return nil }
    return firstCommon + UInt32(index) + architecture.numberBase
  }

  private static let firstCommon: UInt32 = 448
  /// In the order of their numbers, from `firstCommon` on.
  private static let common = [
    "process_mrelease", "futex_waitv", "set_mempolicy_home_node", "cachestat", "fchmodat2",
    "map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue", "statmount", "listmount",
    "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat", "getxattrat",
    "listxattrat", "removexattrat", "open_tree_attr", "file_getattr", "file_setattr", "listns",
  ]

  private static let specific: [(name: String, arch: Arch, number: UInt32)] = [
    ("uretprobe", .amd64, 335), ("uprobe", .amd64, 336), ("riscv_hwprobe", .riscv64, 258),
  ]
}

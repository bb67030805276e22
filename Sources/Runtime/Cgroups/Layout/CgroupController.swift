/// A kernel controller, named as cgroup v2 names it.
///
/// The names are open: a controller this file has never heard of can still be asked for through
/// `linux.resources.unified`. Source: cgroups(7), Documentation/admin-guide/cgroup-v2.rst.
public struct CgroupController: RawRepresentable, Hashable, Sendable {
  /// The name on cgroup v2, as in `cgroup.controllers`.
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }

  public static let cpu = Self(rawValue: "cpu")
  public static let cpuset = Self(rawValue: "cpuset")
  public static let memory = Self(rawValue: "memory")
  public static let io = Self(rawValue: "io")
  public static let pids = Self(rawValue: "pids")
  public static let hugetlb = Self(rawValue: "hugetlb")
  public static let rdma = Self(rawValue: "rdma")
  /// Only on cgroup v1.
  public static let networkClass = Self(rawValue: "net_cls")
  /// Only on cgroup v1.
  public static let networkPriority = Self(rawValue: "net_prio")

  /// The name as a mount option of cgroup v1: the same, but `blkio` for `io`.
  public var legacyName: String { self == .io ? "blkio" : rawValue }

  /// The controller behind a mount option of cgroup v1, nil where the option is none (`rw`, `name=systemd`).
  public init?(legacyOption option: String) {
    switch option {
    case "blkio": self = .io
    case "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "net_cls", "net_prio", "perf_event",
      "hugetlb", "pids", "rdma", "misc":
      self.init(rawValue: option)
    default: return nil
    }
  }

  /// Whether cgroup v2 never offers it, so that only a cgroup v1 mount can.
  var isLegacyOnly: Bool { self == .networkClass || self == .networkPriority }
}

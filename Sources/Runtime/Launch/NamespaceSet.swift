import OCISpec

/// Kinds of namespaces, as the kernel's `CLONE_NEW*` flags. Source: namespaces(7).
public struct NamespaceSet: OptionSet, Sendable, Hashable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let time = NamespaceSet(rawValue: 0x80)
  public static let mount = NamespaceSet(rawValue: 0x20000)
  public static let cgroup = NamespaceSet(rawValue: 0x0200_0000)
  public static let uts = NamespaceSet(rawValue: 0x0400_0000)
  public static let ipc = NamespaceSet(rawValue: 0x0800_0000)
  public static let user = NamespaceSet(rawValue: 0x1000_0000)
  public static let pid = NamespaceSet(rawValue: 0x2000_0000)
  public static let network = NamespaceSet(rawValue: 0x4000_0000)

  public init(_ type: LinuxNamespaceType) {
    switch type {
    case .pid: self = .pid
    case .network: self = .network
    case .mount: self = .mount
    case .ipc: self = .ipc
    case .uts: self = .uts
    case .user: self = .user
    case .cgroup: self = .cgroup
    case .time: self = .time
    }
  }

  /// In the order in which they are joined and named: the mount namespace last, since paths change their meaning with it.
  static let joinOrder: [NamespaceSet] = [.user, .pid, .time, .network, .ipc, .uts, .cgroup, .mount]

  var members: [NamespaceSet] { Self.joinOrder.filter { contains($0) } }

  /// The flag's name as strace writes it.
  var flagNames: String {
    let names: [(NamespaceSet, String)] = [
      (.time, "CLONE_NEWTIME"), (.mount, "CLONE_NEWNS"), (.cgroup, "CLONE_NEWCGROUP"), (.uts, "CLONE_NEWUTS"),
      (.ipc, "CLONE_NEWIPC"), (.user, "CLONE_NEWUSER"), (.pid, "CLONE_NEWPID"), (.network, "CLONE_NEWNET"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: "|")
  }

  /// The words people use: `pid, mount, network`.
  var words: String {
    let names: [(NamespaceSet, String)] = [
      (.user, "user"), (.pid, "pid"), (.mount, "mount"), (.network, "network"), (.ipc, "ipc"), (.uts, "uts"),
      (.cgroup, "cgroup"), (.time, "time"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }

  /// The file's name below `/proc/PID/ns`.
  var procName: String {
    switch self {
    case .mount: "mnt"
    case .network: "net"
    case .cgroup: "cgroup"
    case .user: "user"
    default: words
    }
  }
}

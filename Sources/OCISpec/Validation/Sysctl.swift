/// Kernel parameters: their names, and which namespace they belong to.
public enum Sysctl {
  /// The path of a kernel parameter below `/proc/sys`, as in `net/ipv4/ip_forward`.
  ///
  /// As with sysctl(8), the first separator decides: after a dot, dots separate and slashes stand for dots
  /// (`net.ipv4.conf.eth0/1.forwarding`); after a slash it is a path already. Nil where the path would have
  /// empty parts, `.` or `..`, and so would not lead where the name seems to.
  public static func path(of name: String) -> String? {
    let dot = UInt8(ascii: ".")
    let slash = UInt8(ascii: "/")
    guard let separator = name.utf8.first(where: { $0 == dot || $0 == slash }) else { return nil }
    let bytes = name.utf8.map { byte in
      separator == dot && byte == dot ? slash : separator == dot && byte == slash ? dot : byte
    }
    for part in bytes.split(separator: slash, omittingEmptySubsequences: false) {
      if part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { return nil }
      if !part.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) { return nil }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The kind of namespace a parameter belongs to; nil where it is the whole machine's. Source: the kernel's
  /// Documentation/admin-guide/sysctl and namespaces(7).
  public static func namespace(ofPath path: String) -> LinuxNamespaceType? {
    if path.hasBytes("net/") { return .network }
    if path.hasBytes("fs/mqueue/") || ipcPaths.contains(path) { return .ipc }
    if path == "kernel/domainname" || path == "kernel/hostname" { return .uts }
    if path.hasBytes("user/max_") { return .user }
    return nil
  }

  private static let ipcPaths: Set<String> = [
    "kernel/auto_msgmni", "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/msg_next_id",
    "kernel/sem", "kernel/sem_next_id", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
    "kernel/shm_next_id", "kernel/shm_rmid_forced",
  ]
}

extension Linux {
  /// A joined namespace passes too: pods' parameters are set in a network namespace that was made for them.
  /// That it is not the host's can only be told by whoever opens it.
  func validateSysctl() throws(SpecError) {
    guard !sysctl.isEmpty else { return }
    var paths: Set<String> = []
    for (name, value) in sysctl.sorted(by: { $0.key < $1.key }) {
      func at() -> String { jsonPath("linux.sysctl", name) }
      guard let path = Sysctl.path(of: name) else {
        throw SpecError(at(), "is no name of a kernel parameter")
      }
      try require(paths.insert(path).inserted, at(), "appears twice")
      try checkText(value, at())
      guard let type = Sysctl.namespace(ofPath: path) else {
        throw SpecError(at(), "belongs to the whole machine, not to a namespace")
      }
      try require(path != "kernel/hostname", at(), "must be set as hostname")
      try require(
        has(type), at(), "needs a namespace '\(type.rawValue)'", hint: "add one to linux.namespaces")
    }
  }
}

/// The unit of systemd that is a container's cgroup: plain names, from which its folder follows.
///
/// Design: docs/design/0007-systemd-cgroups.md. Sources: systemd.unit(5), systemd.slice(5).
public struct SystemdUnit: Equatable, Sendable {
  /// As in `docker-web.scope`.
  public let name: String
  /// What it is put into, as in `system.slice`.
  public let slice: String
  /// The cgroup's path below the hierarchy, as systemd lays units out.
  public let path: String

  /// A slice is made of slices: it has no placeholder and is not collected when it is empty.
  public var isSlice: Bool { name.utf8.suffix(6).elementsEqual(".slice".utf8) }

  /// The unit that `linux.cgroupsPath` asks for.
  ///
  /// - Parameters:
  ///   - cgroupsPath: `slice:prefix:name`; without it `swiftainer-ID.scope`. Without a slice it is `system.slice`, or
  ///     `user.slice` of a user's systemd.
  ///   - manager: the cgroup of the systemd that makes it: empty for process 1, as in
  ///     `/user.slice/user-1000.slice/user@1000.service` for a user's.
  /// - Throws: `Failure` naming `linux.cgroupsPath` where systemd could have no such unit.
  public init(cgroupsPath: String?, id: String, manager: String = "") throws(Failure) {
    let usual = manager.isEmpty ? "system.slice" : "user.slice"
    let asked = cgroupsPath.flatMap { $0.isEmpty ? nil : $0 } ?? ":swiftainer:" + Self.escaped(id)
    let parts = asked.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else {
      throw Self.refusal(
        asked, "must be slice:prefix:name",
        hint: "with --systemd-cgroup it is not a path but a unit of systemd")
    }
    slice = parts[0].isEmpty ? usual : parts[0]
    let above = try Self.expand(slice, asked)
    if parts[2].isEmpty { throw Self.refusal(asked, "has no name behind slice and prefix") }
    let components: [String]
    if parts[2].hasSuffix(".slice") {
      // It stands where its own name says.
      name = parts[2]
      components = try Self.expand(name, asked)
      if components.isEmpty { throw Self.refusal(asked, "must not be the root of all slices") }
    } else {
      name = (parts[1].isEmpty ? "" : parts[1] + "-") + parts[2] + ".scope"
      try Self.check(name, asked)
      components = above + [name]
    }
    path = manager + components.map { "/" + Self.folder($0) }.joined()
  }

  /// A unit read back from a container's state: the last component of its path is its name.
  init(recorded path: String) {
    self.path = path
    let components = path.split(separator: "/").map { $0.hasPrefix("_") ? $0.dropFirst() : $0 }
    name = String(components.last ?? "")
    slice = components.count > 1 ? String(components[components.count - 2]) : Self.rootSlice
  }

  private static let rootSlice = "-.slice"

  /// `a-b.slice` lies in `a.slice`: the names from the outermost on. Source: systemd.slice(5).
  private static func expand(_ slice: String, _ asked: String) throws(Failure) -> [String] {
    if slice == rootSlice { return [] }
    guard slice.hasSuffix(".slice") else {
      throw refusal(asked, "`\(slice)` is not the name of a slice, as system.slice")
    }
    let parts = slice.dropLast(6).split(separator: "-", omittingEmptySubsequences: false)
    if parts.contains("") {
      throw refusal(asked, "`\(slice)` is not the name of a slice: each dash stands between two names")
    }
    try check(slice, asked)
    var name = ""
    return parts.map { part in
      name += (name.isEmpty ? "" : "-") + part
      return name + ".slice"
    }
  }

  /// What systemd takes for a unit's name, which then also is one folder's.
  private static func check(_ name: String, _ asked: String) throws(Failure) {
    if let wrong = name.unicodeScalars.first(where: { !isAllowed($0) }) {
      throw refusal(
        asked, "a unit of systemd cannot have \(wrong.debugDescription) in its name",
        hint: "it may have letters, digits and -_.\\")
    }
    if let controller = controllers.first(where: { name.hasPrefix($0 + ".") }) {
      throw refusal(
        asked, "a unit whose name begins with \(controller). could be taken for a file of that controller")
    }
    // UNIT_NAME_MAX, with the zero byte.
    if name.utf8.count > 255 { throw refusal(asked, "makes a unit name of more than 255 bytes") }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "\\": true
    default: false
    }
  }

  /// As systemd writes characters that a name cannot have. Source: systemd-escape(1).
  private static func escaped(_ id: String) -> String {
    var text = ""
    for scalar in id.unicodeScalars {
      if isAllowed(scalar) || !scalar.isASCII {
        text.unicodeScalars.append(scalar)
      } else {
        text += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      }
    }
    return text
  }

  /// A unit whose name could be taken for a file of cgroupfs has a folder with a `_` before it. Source: "cg_escape" of
  /// systemd's cgroup-util.c.
  private static func folder(_ unit: String) -> String {
    unit.hasPrefix("_") || unit.hasPrefix(".") || unit.hasPrefix("cgroup.") ? "_" + unit : unit
  }

  /// Which of these get the `_` depends on systemd's version.
  private static let controllers = [
    "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids", "bpf-firewall", "bpf-devices",
    "bpf-foreign", "bpf-socket-bind", "bpf-restrict-network-interfaces",
  ]

  private static func refusal(_ asked: String, _ reason: String, hint: String? = nil) -> Failure {
    Failure("linux.cgroupsPath", "`\(asked)`", reason: reason, hint: hint)
  }
}

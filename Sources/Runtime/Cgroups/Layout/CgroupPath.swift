/// The place of one cgroup below the root of each hierarchy, as in `/swiftainer/web`.
public struct CgroupPath: Hashable, Sendable, CustomStringConvertible {
  /// The parent of containers that name no cgroup of their own.
  public static let defaultParent = "/swiftainer"

  /// Absolute, without a trailing slash, without `.`, `..` or empty components; never the root itself.
  public let text: String

  public var description: String { text }

  /// The place that `linux.cgroupsPath` asks for.
  ///
  /// An absolute path starts at the root of the hierarchy, a relative one below `/swiftainer`; without a path
  /// it is `/swiftainer/ID`. Source: runtime-spec 1.3.0, config-linux.md, "Cgroups Path".
  ///
  /// - Throws: `Failure` naming `linux.cgroupsPath` where the path leads out of the hierarchy, is its root,
  ///   or has a component that no cgroup can be named.
  public init(cgroupsPath: String?, id: String) throws {
    var asked = cgroupsPath.flatMap { $0.isEmpty ? nil : $0 } ?? id
    var text = asked.utf8.first == UInt8(ascii: "/") ? "" : Self.defaultParent
    let start = text.utf8.count
    let name = asked
    try asked.withUTF8 { bytes in
      var components = ByteScanner(UnsafeRawBufferPointer(bytes))
      while !components.isAtEnd {
        let component = components.next(until: UInt8(ascii: "/"))
        if component.isEmpty || component.equals(".") { continue }
        if component.equals("..") { throw Self.refusal("must not contain ..", name) }
        if component.count > 255 { throw Self.refusal("has a component of more than 255 bytes", name) }
        // The kernel refuses a newline, which would make /proc/PID/cgroup ambiguous.
        if component.contains(0) || component.contains(UInt8(ascii: "\n")) {
          throw Self.refusal("must not contain a newline or a zero byte", name)
        }
        text += "/"
        text += component.text
      }
    }
    if text.utf8.count == start { throw Self.refusal("must name a cgroup below the root", name) }
    self.text = text
  }

  /// A path read back from a container's state.
  public init(recorded text: String) throws {
    try self.init(cgroupsPath: text, id: "")
  }

  private static func refusal(_ reason: String, _ asked: String) -> Failure {
    Failure("linux.cgroupsPath", "`\(asked)`", reason: reason)
  }

  /// Whether this is a direct child of `/swiftainer`, which only this runtime uses.
  var isInDefaultParent: Bool {
    let parent = Self.defaultParent.utf8
    guard text.utf8.starts(with: parent) else { return false }
    let rest = text.utf8.dropFirst(parent.count)
    return rest.first == UInt8(ascii: "/") && !rest.dropFirst().contains(UInt8(ascii: "/"))
  }

  /// The paths above this one, outermost first, without the root.
  var ancestors: [String] {
    text.utf8.indices.dropFirst().filter { text.utf8[$0] == UInt8(ascii: "/") }.map { String(text[..<$0]) }
  }
}

/// One cgroup in one mounted hierarchy: the place of files and of child cgroups.
public struct CgroupFolder: Equatable, Sendable {
  /// Where the hierarchy is mounted.
  public var mountPoint: String
  /// The cgroup's place below it.
  public var path: CgroupPath
  /// The hierarchy's controllers; empty for cgroup v2, where they depend on what is enabled.
  public var controllers: [CgroupController]

  public init(mountPoint: String, path: CgroupPath, controllers: [CgroupController] = []) {
    self.mountPoint = mountPoint
    self.path = path
    self.controllers = controllers
  }

  /// The cgroup's own folder.
  public var leaf: String { mountPoint + path.text }

  /// The folders between the mount point and the cgroup, outermost first.
  public var parents: [String] { path.ancestors.map { mountPoint + $0 } }
}

import OCISpec

/// The user and group mappings of a user namespace or an idmapped mount.
public struct IDMapping: Equatable, Sendable {
  public var users: [LinuxIDMapping]
  public var groups: [LinuxIDMapping]

  public init(users: [LinuxIDMapping], groups: [LinuxIDMapping]) {
    self.users = users
    self.groups = groups
  }

  /// The lines of `/proc/PID/uid_map`. Source: user_namespaces(7).
  static func text(_ mappings: [LinuxIDMapping]) -> String {
    mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
  }
}

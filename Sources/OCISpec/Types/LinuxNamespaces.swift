/// A namespace to make or join. Source: namespaces(7).
public struct LinuxNamespace: Equatable, Sendable {
  /// Its kind.
  public var type: LinuxNamespaceType
  /// The namespace's file to join; absent makes a new one.
  public var path: String?

  public init(type: LinuxNamespaceType, path: String? = nil) {
    self.type = type
    self.path = path
  }
}

/// The kinds of namespaces. Source: runtime-spec 1.3.0, config-linux.md, "Namespaces".
public enum LinuxNamespaceType: String, CaseIterable, Sendable {
  case pid
  case network
  case mount
  case ipc
  case uts
  case user
  case cgroup
  case time
}

/// A range of user or group IDs of a user namespace. Source: user_namespaces(7).
public struct LinuxIDMapping: Equatable, Sendable {
  /// The first ID in the container.
  public var containerID: UInt32
  /// The first ID on the host.
  public var hostID: UInt32
  /// How many IDs.
  public var size: UInt32

  public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
    self.containerID = containerID
    self.hostID = hostID
    self.size = size
  }
}

/// A clock's offset in a time namespace. Source: time_namespaces(7).
public struct LinuxTimeOffset: Equatable, Sendable {
  /// Seconds.
  public var secs: Int64
  /// Nanoseconds to add, less than a second.
  public var nanosecs: UInt32

  public init(secs: Int64 = 0, nanosecs: UInt32 = 0) {
    self.secs = secs
    self.nanosecs = nanosecs
  }
}

/// A network device that moves into the container. Source: runtime-spec 1.3.0, config-linux.md,
/// "Network Devices".
public struct LinuxNetDevice: Equatable, Sendable {
  /// Its name in the container; absent keeps the host's.
  public var name: String?

  public init(name: String? = nil) {
    self.name = name
  }
}

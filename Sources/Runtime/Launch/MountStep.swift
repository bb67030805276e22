/// One mount: made detached, then moved to a target inside the root. Source: mount_setattr(2), move_mount(2).
public struct MountStep: Equatable, Sendable {
  public enum Source: Equatable, Sendable {
    /// A new file system; the source is what people see in /proc/mounts, the options are `key=value` or `flag`.
    case filesystem(type: String, source: String, options: [String])
    /// A tree that is there already.
    case bind(String, recursive: Bool)
    /// What is mounted there already: its file system is given the options, where there is a list of them, and
    /// the mount is changed.
    case remount(options: [String]?)
  }

  /// The absolute path in the container.
  public var destination: String
  public var source: Source
  /// What a new file system is mounted with.
  public var attributes: MountAttributes
  /// What is changed on the tree before it is attached, in order.
  public var changes: [MountChange]
  /// Keep what the image holds at the target.
  public var copyUp: Bool
  /// A new file system takes on the mode of the folder it covers.
  public var keepsMode: Bool
  /// No component of the target may be a link: proc and sysfs must be where they seem to be.
  public var refusesLinks: Bool
  /// One of the few targets inside /proc that are harmless.
  public var allowedInProc: Bool
  /// The mappings of an idmapped mount; nil for none.
  public var idMapping: IDMapping?
  /// Map the mounts below the source as well.
  public var idMapIsRecursive: Bool
  /// The runtime opens the source before the clone, since the container's user could not.
  public var openedByRuntime: Bool
  /// The JSON path, as in `mounts[3]`, for errors; no two mounts of a plan share it.
  public var field: String

  public init(
    _ source: Source, on destination: String, attributes: MountAttributes = [], changes: [MountChange] = [],
    copyUp: Bool = false, keepsMode: Bool = false, refusesLinks: Bool = false, allowedInProc: Bool = false,
    idMapping: IDMapping? = nil,
    idMapIsRecursive: Bool = false, openedByRuntime: Bool = false, field: String = "mounts"
  ) {
    self.destination = destination
    self.source = source
    self.attributes = attributes
    self.changes = changes
    self.copyUp = copyUp
    self.keepsMode = keepsMode
    self.refusesLinks = refusesLinks
    self.allowedInProc = allowedInProc
    self.idMapping = idMapping
    self.idMapIsRecursive = idMapIsRecursive
    self.openedByRuntime = openedByRuntime
    self.field = field
  }
}

/// One call of mount_setattr(2).
public struct MountChange: Equatable, Sendable {
  public var set: MountAttributes
  public var clear: MountAttributes
  public var propagation: MountPropagation?
  public var recursive: Bool

  public init(
    set: MountAttributes = [], clear: MountAttributes = [], propagation: MountPropagation? = nil,
    recursive: Bool = false
  ) {
    self.set = set
    self.clear = clear
    self.propagation = propagation
    self.recursive = recursive
  }
}

/// The kernel's `MOUNT_ATTR_*`.
public struct MountAttributes: OptionSet, Sendable, Equatable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let readOnly = MountAttributes(rawValue: 0x1)
  public static let noSetUID = MountAttributes(rawValue: 0x2)
  public static let noDevices = MountAttributes(rawValue: 0x4)
  public static let noExecute = MountAttributes(rawValue: 0x8)
  public static let noAccessTime = MountAttributes(rawValue: 0x10)
  public static let strictAccessTime = MountAttributes(rawValue: 0x20)
  /// The field of access time modes: cleared whenever one of them is set; `relatime` is zero in it.
  public static let accessTimeField = MountAttributes(rawValue: 0x70)
  public static let noFolderAccessTime = MountAttributes(rawValue: 0x80)
  public static let idMap = MountAttributes(rawValue: 0x10_0000)
  public static let noFollow = MountAttributes(rawValue: 0x20_0000)

  private static let names: [(MountAttributes, flag: String, word: String)] = [
    (.readOnly, "MOUNT_ATTR_RDONLY", "ro"), (.noSetUID, "MOUNT_ATTR_NOSUID", "nosuid"),
    (.noDevices, "MOUNT_ATTR_NODEV", "nodev"), (.noExecute, "MOUNT_ATTR_NOEXEC", "noexec"),
    (.noAccessTime, "MOUNT_ATTR_NOATIME", "noatime"),
    (.strictAccessTime, "MOUNT_ATTR_STRICTATIME", "strictatime"),
    (.noFolderAccessTime, "MOUNT_ATTR_NODIRATIME", "nodiratime"), (.idMap, "MOUNT_ATTR_IDMAP", "idmap"),
    (.noFollow, "MOUNT_ATTR_NOSYMFOLLOW", "nosymfollow"),
  ]

  /// As strace writes them.
  var flagNames: String {
    if isEmpty { return "0" }
    if contains(.accessTimeField) {
      let rest = subtracting(.accessTimeField)
      return (rest.isEmpty ? "" : rest.flagNames + "|") + "MOUNT_ATTR__ATIME"
    }
    return Self.names.filter { contains($0.0) }.map(\.flag).joined(separator: "|")
  }

  /// As `mount -o` takes them.
  var words: [String] { Self.names.filter { contains($0.0) }.map(\.word) }
}

/// How mounts and unmounts spread. Source: mount_namespaces(7).
public enum MountPropagation: UInt64, Sendable, Equatable {
  case unbindable = 0x20000
  case `private` = 0x40000
  case slave = 0x80000
  case shared = 0x100000

  var word: String {
    switch self {
    case .unbindable: "unbindable"
    case .private: "private"
    case .slave: "slave"
    case .shared: "shared"
    }
  }

  var flagName: String { "MS_" + word.uppercased() }
}

/// A device node. Source: runtime-spec 1.3.0, config-linux.md, "Devices".
public struct LinuxDevice: Equatable, Sendable {
  /// Where it appears in the container.
  public var path: String
  /// `c` or `u` (character), `b` (block) or `p` (FIFO).
  public var type: String
  /// The major number; needed unless it is a FIFO.
  public var major: Int64?
  /// The minor number; needed unless it is a FIFO.
  public var minor: Int64?
  /// The permission bits.
  public var fileMode: UInt32?
  /// The owner in the container.
  public var uid: UInt32?
  /// The group in the container.
  public var gid: UInt32?

  public init(
    path: String, type: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil,
    uid: UInt32? = nil, gid: UInt32? = nil
  ) {
    self.path = path
    self.type = type
    self.major = major
    self.minor = minor
    self.fileMode = fileMode
    self.uid = uid
    self.gid = gid
  }
}

/// A rule on the use of devices; later rules win. Source: runtime-spec 1.3.0, config-linux.md, "Allowed
/// Device list".
public struct LinuxDeviceCgroup: Equatable, Sendable {
  /// Whether the rule allows or denies.
  public var allow: Bool
  /// `a` (all), `c` (character) or `b` (block); absent means all.
  public var type: String?
  /// The major number; absent means all.
  public var major: Int64?
  /// The minor number; absent means all.
  public var minor: Int64?
  /// Some of `r`, `w` and `m` (mknod).
  public var access: String?

  public init(
    allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil
  ) {
    self.allow = allow
    self.type = type
    self.major = major
    self.minor = minor
    self.access = access
  }
}

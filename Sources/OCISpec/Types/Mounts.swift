/// One mount in the container. Source: runtime-spec 1.3.0, config.md, "Mounts".
public struct Mount: Equatable, Sendable {
  /// Where it appears in the container.
  public var destination: String
  /// The file system type; absent or ignored for bind mounts.
  public var type: String?
  /// A device, a name, or for bind mounts a path on the host, relative to the bundle unless absolute.
  public var source: String?
  /// Options in the manner of fstab(5), those of the file system among them.
  public var options: [String]
  /// The user ID mapping of an ID-mapped mount.
  public var uidMappings: [LinuxIDMapping]
  /// The group ID mapping of an ID-mapped mount.
  public var gidMappings: [LinuxIDMapping]

  public init(
    destination: String, type: String? = nil, source: String? = nil, options: [String] = [],
    uidMappings: [LinuxIDMapping] = [], gidMappings: [LinuxIDMapping] = []
  ) {
    self.destination = destination
    self.type = type
    self.source = source
    self.options = options
    self.uidMappings = uidMappings
    self.gidMappings = gidMappings
  }
}

/// A container's configuration: the content of a bundle's `config.json`. Source: runtime-spec 1.3.0,
/// config.md. Only the parts that concern Linux are kept; unknown members are ignored, as the
/// specification demands.
public struct Spec: Equatable, Sendable {
  /// The version of the specification that the bundle follows, as in `1.3.0`.
  public var ociVersion: String
  /// The root file system. Required on Linux.
  public var root: Root?
  /// The program to start; may be absent until `start` is called.
  public var process: Process?
  /// The host name; needs a UTS namespace.
  public var hostname: String?
  /// The NIS domain name; needs a UTS namespace.
  public var domainname: String?
  /// Mounts on top of the root file system, in the order in which they are made.
  public var mounts: [Mount]
  /// Programs to run at points of the container's life.
  public var hooks: Hooks?
  /// Anything engines wish to keep with the container.
  public var annotations: [String: String]
  /// What is particular to Linux.
  public var linux: Linux?

  public init(
    ociVersion: String = OCI.specVersion, root: Root? = nil, process: Process? = nil,
    hostname: String? = nil, domainname: String? = nil, mounts: [Mount] = [], hooks: Hooks? = nil,
    annotations: [String: String] = [:], linux: Linux? = nil
  ) {
    self.ociVersion = ociVersion
    self.root = root
    self.process = process
    self.hostname = hostname
    self.domainname = domainname
    self.mounts = mounts
    self.hooks = hooks
    self.annotations = annotations
    self.linux = linux
  }
}

/// The container's root file system. Source: runtime-spec 1.3.0, config.md, "Root".
public struct Root: Equatable, Sendable {
  /// The directory on the host; relative to the bundle unless absolute.
  public var path: String
  /// Whether the container sees it read-only.
  public var readonly: Bool

  public init(path: String, readonly: Bool = false) {
    self.path = path
    self.readonly = readonly
  }
}

/// A container's state, as `state` prints it and hooks read it. Source: runtime-spec 1.3.0, runtime.md,
/// "State".
public struct State: Equatable, Sendable {
  /// The version of the specification that the state follows.
  public var ociVersion: String
  /// The container's ID.
  public var id: String
  /// The stage of its life.
  public var status: ContainerState
  /// The ID of its process as seen from the host; absent once it has stopped.
  public var pid: Int?
  /// The absolute path of its bundle.
  public var bundle: String
  /// Its configuration's annotations.
  public var annotations: [String: String]
  /// The absolute path of its root file system; an addition that engines read.
  public var rootfs: String?
  /// When it was created, in RFC 3339; an addition that engines read.
  public var created: String?
  /// The name of the user who created it; an addition that engines read.
  public var owner: String?

  public init(
    ociVersion: String = OCI.specVersion, id: String, status: ContainerState, pid: Int? = nil,
    bundle: String, annotations: [String: String] = [:], rootfs: String? = nil, created: String? = nil,
    owner: String? = nil
  ) {
    self.ociVersion = ociVersion
    self.id = id
    self.status = status
    self.pid = pid
    self.bundle = bundle
    self.annotations = annotations
    self.rootfs = rootfs
    self.created = created
    self.owner = owner
  }
}

/// What a seccomp listener receives together with the descriptors. Source: runtime-spec 1.3.0,
/// config-linux.md, "The Container Process State".
public struct ContainerProcessState: Equatable, Sendable {
  /// The version of the specification that this follows.
  public var ociVersion: String
  /// The names of the descriptors, in the order in which they are sent.
  public var fds: [String]
  /// The process the filter is applied to, as seen by the runtime.
  public var pid: Int
  /// The filter's `listenerMetadata`.
  public var metadata: String?
  /// The container's state.
  public var state: State

  public init(
    ociVersion: String = OCI.specVersion, fds: [String] = [], pid: Int, metadata: String? = nil,
    state: State
  ) {
    self.ociVersion = ociVersion
    self.fds = fds
    self.pid = pid
    self.metadata = metadata
    self.state = state
  }
}

/// The stage of a container's life. Source: runtime-spec 1.3.0, runtime.md, "State"; `paused` is the one
/// that runtimes add for containers whose cgroup is frozen.
public enum ContainerState: String, CaseIterable, Sendable {
  case creating
  case created
  case running
  case stopped
  case paused
}

/// Programs to run at points of a container's life, each list in its order. Source: runtime-spec 1.3.0,
/// config.md, "POSIX-platform Hooks".
public struct Hooks: Equatable, Sendable {
  /// Deprecated: as `createRuntime`, before it.
  public var prestart: [Hook]
  /// In the runtime's namespaces, after they were made and before the root is pivoted.
  public var createRuntime: [Hook]
  /// In the container's namespaces, before the root is pivoted.
  public var createContainer: [Hook]
  /// In the container, right before the program is executed.
  public var startContainer: [Hook]
  /// In the runtime's namespaces, after the program was executed.
  public var poststart: [Hook]
  /// In the runtime's namespaces, after the container was deleted.
  public var poststop: [Hook]

  public init(
    prestart: [Hook] = [], createRuntime: [Hook] = [], createContainer: [Hook] = [],
    startContainer: [Hook] = [], poststart: [Hook] = [], poststop: [Hook] = []
  ) {
    self.prestart = prestart
    self.createRuntime = createRuntime
    self.createContainer = createContainer
    self.startContainer = startContainer
    self.poststart = poststart
    self.poststop = poststop
  }
}

/// One program to run.
public struct Hook: Equatable, Sendable {
  /// The program, an absolute path.
  public var path: String
  /// Its arguments as for execv(3), the program's name among them.
  public var args: [String]
  /// Its environment: `NAME=value` each.
  public var env: [String]
  /// Seconds until it is killed; more than zero.
  public var timeout: Int?

  public init(path: String, args: [String] = [], env: [String] = [], timeout: Int? = nil) {
    self.path = path
    self.args = args
    self.env = env
    self.timeout = timeout
  }
}

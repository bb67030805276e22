/// How an image is to be executed, and which layers it has. Its digest is the image's ID. Source: image-spec 1.1,
/// config.md; what Docker adds is taken as well.
public struct ImageConfig: Equatable, Sendable {
  /// RFC 3339.
  public var created: String?
  public var author: String?
  /// In Go's words; empty where it is not said.
  public var architecture: String
  /// In Go's words; empty where it is not said.
  public var os: String
  /// As in `v7` of `arm`.
  public var variant: String?
  public var config: Execution
  /// The digests of the layers as archives without compression, from the lowest on.
  public var diffIDs: [Digest]
  /// From the first on.
  public var history: [History]

  public init(
    created: String? = nil, author: String? = nil, architecture: String, os: String = "linux",
    variant: String? = nil, config: Execution = Execution(), diffIDs: [Digest] = [], history: [History] = []
  ) {
    self.created = created
    self.author = author
    self.architecture = architecture
    self.os = os
    self.variant = variant
    self.config = config
    self.diffIDs = diffIDs
    self.history = history
  }

  /// What a container of the image does where nothing else is said.
  public struct Execution: Equatable, Sendable {
    /// `user`, `uid`, `user:group`, `uid:gid` and so on.
    public var user: String?
    /// `port/protocol` or `port`, in order.
    public var exposedPorts: [String] = []
    /// `NAME=value` each.
    public var env: [String] = []
    /// Nil and empty are the same to those who execute it.
    public var entrypoint: [String]?
    /// Arguments of the entrypoint, or all of the command where there is none.
    public var command: [String]?
    /// Paths in the container that volumes are to be at, in order.
    public var volumes: [String] = []
    public var workingDir: String?
    public var labels: [String: String] = [:]
    /// A name as `SIGTERM`, or a number.
    public var stopSignal: String?
    /// Seconds to wait for the payload's end before it is killed; Docker's.
    public var stopTimeout: Int?
    /// Docker's.
    public var healthcheck: Healthcheck?
    /// What commands as text are given to; Docker's.
    public var shell: [String] = []
    /// What a build from this image begins with; Docker's.
    public var onBuild: [String] = []

    public init() {}
  }

  /// How a container's health is found out. Durations are in nanoseconds; those that are 0 are not said.
  public struct Healthcheck: Equatable, Sendable {
    /// `NONE`; `CMD` and a program with its arguments; `CMD-SHELL` and a text. Empty: as the image below has it.
    public var test: [String]
    public var interval: Int64 = 0
    public var timeout: Int64 = 0
    public var startPeriod: Int64 = 0
    public var startInterval: Int64 = 0
    public var retries = 0

    public init(test: [String]) { self.test = test }
  }

  /// How a layer came to be.
  public struct History: Equatable, Sendable {
    /// RFC 3339.
    public var created: String?
    public var createdBy: String?
    public var author: String?
    public var comment: String?
    /// Whether it changed no files, so that none of the layers is its.
    public var isEmptyLayer: Bool

    public init(
      created: String? = nil, createdBy: String? = nil, author: String? = nil, comment: String? = nil,
      isEmptyLayer: Bool = false
    ) {
      self.created = created
      self.createdBy = createdBy
      self.author = author
      self.comment = comment
      self.isEmptyLayer = isEmptyLayer
    }
  }
}

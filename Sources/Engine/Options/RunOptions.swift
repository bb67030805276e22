import OCISpec
import Runtime

/// What a person says to `run` and `create`: read from the flags, and freed of what only the caller knows, which is
/// their environment, their working folder and their files.
public struct RunOptions: Equatable, Sendable {
  /// As it was typed: a path or a name.
  public var image: String
  /// Of an image that the store has by now, where what was typed is no name of it: an archive's path.
  public var imageID: String?
  public var command: [String] = []
  /// Nil where nothing is said; empty where the image's own is not wanted.
  public var entrypoint: [String]?
  public var name: String?
  /// `NAME=VALUE`, or a name alone for a variable that the container is not to have.
  public var environment: [String] = []
  public var labels: [String: String] = [:]
  public var annotations: [String: String] = [:]
  public var workingFolder: String?
  /// `USER[:GROUP]`, names or numbers.
  public var user: String?
  /// Names or numbers of further groups.
  public var groups: [String] = []
  public var hostname: String?
  public var domainname: String?
  /// Where the image is from.
  public var pull: PullPolicy = .missing
  /// `OS/ARCHITECTURE[/VARIANT]`.
  public var platform: String?

  public var terminal = false
  /// Standard input is kept open.
  public var interactive = false
  public var detached = false
  /// The streams to attach to; nil where nothing is said.
  public var attached: [StandardStream]?
  /// Whether signals to the caller are passed on.
  public var passesSignals = true
  /// Nil: the usual ones.
  public var detachKeys: DetachKeys?
  /// Rows and columns of the caller's terminal.
  public var consoleSize: Box?
  /// Absolute path of a file to be given the container's ID.
  public var idFile: String?

  /// `--rm`.
  public var removesItself = false
  public var restart: RestartPolicy = .no
  /// Run the payload below a small first process.
  public var initProcess = false
  /// A signal's name or number. Nil: the image's, else TERM.
  public var stopSignal: String?
  /// Seconds from the stop signal to KILL; -1: for ever.
  public var stopTimeout: Int?
  public var health: HealthOptions?
  public var logDriver: String?
  public var logOptions: [String: String] = [:]

  public var mounts: [MountFlag] = []
  public var volumesFrom: [VolumesFrom] = []
  /// Let nothing be written to the root file system.
  public var readOnly = false
  /// The container writes into the rootfs folder itself.
  public var writesImage = false

  public var limits = ResourceLimits()
  public var addedCapabilities: [String] = []
  public var droppedCapabilities: [String] = []
  public var privileged = false
  public var security = SecurityOptions()
  public var devices: [DeviceFlag] = []
  public var deviceRules: [LinuxDeviceCgroup] = []
  public var sysctls: [String: String] = [:]
  public var namespaces = NamespaceModes()
  public var network = NetworkOptions()

  public init(image: String) { self.image = image }
}

/// When an image is fetched.
public enum PullPolicy: String, CaseIterable, Sendable {
  case missing, always, never
}

/// One of the payload's standard streams.
public enum StandardStream: String, CaseIterable, Sendable {
  case input = "stdin"
  case output = "stdout"
  case error = "stderr"
}

import OCISpec

/// A launch as data: every step, in the order in which it happens, whoever carries it out.
///
/// The runtime's steps before `clone` happen first. Behind a `sync` the init waits until the runtime's steps that
/// follow it are done. All others are the init's.
public struct LaunchPlan: Equatable, Sendable {
  public var steps: [Step]
  /// What was asked for and cannot be given, where the specification wants that told and not refused.
  public var warnings: [String]

  public init(steps: [Step], warnings: [String] = []) {
    self.steps = steps
    self.warnings = warnings
  }
}

/// What a container's launch plan is lowered from, besides its configuration.
public struct ContainerLaunch: Sendable {
  public enum Mode: Sendable {
    /// Wait for `start` before the payload is executed.
    case create
    /// Execute the payload at once.
    case run
  }

  public var id: String
  /// Absolute.
  public var bundle: String
  /// Absolute.
  public var rootfs: String
  /// The mount that holds the root file system's folder.
  public var rootfsMountPoint: String
  public var spec: Spec
  public var mode: Mode
  public var cgroup: CgroupPlan?
  /// The unit of systemd that is the cgroup; nil where the cgroup is made directly.
  public var unit: UnitPlan?
  public var layout: CgroupLayout?
  public var resctrl: ResctrlPlan?
  public var seccomp: SeccompFilter?
  /// Security labels that the exec takes on.
  public var labels: [LSM.Attribute]
  /// The SELinux context of new file systems.
  public var mountContext: String?
  /// A root that is put together at launch.
  public var overlay: OverlayRoot?
  /// Where its state is kept; nil for a plan that keeps none.
  public var folder: String?
  /// Folders of the host that mounts want and that are to be made.
  public var newSources: [String]
  /// Files of the host that belong to the container.
  public var newFiles: [NewFile]
  /// A Unix socket that is sent the terminal's master.
  public var consoleSocket: String?
  public var pidFile: String?
  public var pidfdSocket: String?
  /// Where the kernel is asked to tell of want of memory, on cgroup v1; nil where nobody wants to know.
  public var memoryEvents: String?
  /// How many descriptors from 3 on the payload inherits.
  public var preservedDescriptors: Int
  public var pivot: PivotMethod
  public var newKeyring: Bool
  /// What the caller does once the namespaces are there.
  public var outside: [OutsideStep]
  /// Run the payload below a first process that forwards signals and reaps.
  public var supervised: Bool
  /// The payload is killed when the runtime, its parent, ends.
  public var diesWithRuntime: Bool
  /// The value of HOME where the configuration sets none.
  public var home: String

  public init(id: String, bundle: String, rootfs: String, spec: Spec, mode: Mode) {
    self.id = id
    self.bundle = bundle
    self.rootfs = rootfs
    self.spec = spec
    self.mode = mode
    rootfsMountPoint = "/"
    newSources = []
    newFiles = []
    preservedDescriptors = 0
    labels = []
    pivot = .pivot
    newKeyring = true
    outside = []
    supervised = false
    diesWithRuntime = false
    home = "/"
  }
}

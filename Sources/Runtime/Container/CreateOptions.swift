import OCISpec

/// What a person or an engine says when a container is to be made.
public struct CreateOptions {
  /// Where the bundle is.
  public var bundle: String
  /// A configuration made in code, in place of the bundle's file.
  public var spec: Spec?
  /// A Unix socket that is sent the terminal's master.
  public var consoleSocket: String?
  /// A Unix socket that is sent the process's pidfd.
  public var pidfdSocket: String?
  public var pidFile: String?
  public var pivot: PivotMethod = .pivot
  public var newKeyring = true
  /// How many descriptors from 3 on the payload inherits.
  public var preservedDescriptors = 0
  /// How many listening sockets stand before those: the payload is told by LISTEN_FDS.
  public var listenDescriptors = 0
  public var usesSystemd = false
  /// What the container uses is counted even where nothing is limited: it joins the cgroup v1 hierarchies that count.
  public var accounts = false
  /// A root that is put together at launch.
  public var overlay: OverlayRoot?
  /// Where the users of the root can be looked up before it is mounted; nil: where the root is.
  public var files: (() throws(Failure) -> String)?
  /// Run the payload below a first process that forwards signals and reaps.
  public var supervised = false
  /// The payload is killed when this process ends.
  public var diesWithRuntime = false
  /// Only the plan is wanted: not even a cache is written.
  public var changesNothing = false
  /// Makes the folders of the overlay, once the ID is ours: before, they may be another's.
  public var prepareScratch: ((KernelCallListener) throws -> Void)?
  /// Folders of the host that mounts want and that are to be made.
  public var newSources: [String] = []
  /// Files of the host that belong to the container, in a folder that is there.
  public var newFiles: [NewFile] = []
  /// What is done from outside once the namespaces are there, and how it is told.
  public var outside = OutsideSteps()
  /// Takes the terminal's master where there is no console socket; it owns it from then on.
  public var receiveConsole: ((CInt, KernelCallListener) -> Void)?
  /// Whether somebody wants to know of want of memory.
  public var watchesMemory = false
  /// Told of the cgroup once the init is in it and before the payload may go on: nothing that happens to it is missed.
  var watchCgroup: ((Cgroup, KernelCallListener) -> Void)?
  /// Told of each step, and of each kernel call that matters.
  public var observe: ((LaunchEvent) -> Void)?
  /// Told, a line each, what the specification wants told and not refused.
  public var warn: (String) -> Void = { _ in }

  public init(bundle: String) { self.bundle = bundle }
}

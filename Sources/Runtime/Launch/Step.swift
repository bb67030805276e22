import OCISpec

/// One step of a launch, as data: it is executed, explained and tested from the same value.
///
/// Who carries a step out is in `actor`; how the init's steps look on the wire is in `PlanEncoder`; what people
/// are told is in `Step+Words` and `Step+Calls`.
public enum Step: Equatable, Sendable {
  // The groundwork, which the runtime does before anything of the container exists.
  case connectConsole(String)
  case takeID(folder: String)
  case makeSource(String)
  case makeScratch(OverlayRoot)
  case writeFiles([NewFile])
  case makePipes(folder: String)

  // The runtime's, on the host.
  case startUnit(UnitPlan)
  case leaveUnit(UnitPlan)
  case prepareCgroup(CgroupPlan)
  case prepareResctrl(ResctrlPlan)
  case lockMounts
  case prepareTree(MountStep, locked: Bool)
  case clone(CloneStep)
  case mapUsers([LinuxIDMapping])
  case mapGroups([LinuxIDMapping])
  case setTimeOffsets([String: LinuxTimeOffset])
  case moveInterface(name: String, newName: String)
  case outside(OutsideStep)
  case delegateCgroup(CgroupPlan, uid: UInt32)
  /// By the groups' `tasks` files.
  case joinResctrl([String])
  case setOOMScore(Int)
  case raiseLimit(resource: String, hard: UInt64)
  case ownStreams(uid: UInt32)
  case filterDevices(DeviceFilter, cgroup: String)
  case runtimeHook(RuntimeHook)
  case recordCreated(CreatedRecord)

  // The init's, inside.
  case becomeNotDumpable
  case joinHierarchy(CgroupFolder)
  case joinNamespace(NamespaceSet, path: String, JoinAttempt = .only)
  case joinProcess(NamespaceSet, pid: Int32)
  case unshare(NamespaceSet)
  case fork(NamespaceSet)
  case becomeNamespaceRoot
  case dieWithRuntime
  case startSession
  case joinKeyring(String)
  case bringUpLoopback
  case sync(SyncPoint)
  case setPropagation(path: String, MountPropagation, recursive: Bool)
  case openRoot(String, made: MountPropagation?)
  case openRootOverlay(OverlayRoot)
  case openCurrentRoot
  case openProc
  case mount(MountStep)
  case openDev
  case makeDevice(DeviceStep)
  case linkInDev(target: String, name: String)
  case makeFolder(String)
  case openConsole(ConsoleStep)
  case containerHook(ContainerHook)
  case pivotRoot(PivotMethod)
  case openNull
  case mask(String)
  case makeReadOnly(String)
  case remountReadOnly(String)
  case setSysctl(name: String, value: String)
  case setHostname(String)
  case setDomainname(String)
  case useConsole
  case setLimit(resource: String, soft: UInt64, hard: UInt64)
  case setUmask(UInt32)
  case setPersonality(UInt64)
  case setScheduler(SchedulerStep)
  case setIOPriority(class: IOPriorityClass, priority: Int)
  case setAffinity([UInt8])
  case setMemoryPolicy(mode: Int, nodes: [UInt8])
  case setLabel(attribute: String, value: String)
  case changeFolder(String)
  case closeRest(firstClosed: CInt, supervised: Bool)
  case loadSeccomp(SeccompFilter)
  case dropBounding(keep: UInt64)
  case becomeUser(uid: UInt32, gid: UInt32, groups: [UInt32])
  case setCapabilities(CapabilityMasks)
  case forbidNewPrivileges
  case checkFolder(String)
  case findProgram(String, searchPath: String)
  case waitForStart
  case execute(arguments: [String], environment: [String], supervised: Bool)

  /// Who carries a step out.
  public enum Actor: String, Sendable { case runtime, `init` }

  public var actor: Actor {
    switch self {
    case .connectConsole, .takeID, .makeSource, .makeScratch, .writeFiles, .makePipes, .startUnit, .leaveUnit,
      .prepareCgroup,
      .lockMounts, .prepareResctrl, .prepareTree, .clone, .mapUsers, .mapGroups, .setTimeOffsets,
      .moveInterface, .outside,
      .joinResctrl, .setOOMScore, .raiseLimit, .ownStreams, .filterDevices, .delegateCgroup, .runtimeHook,
      .recordCreated:
      .runtime
    default: .`init`
    }
  }

  /// Whether the runtime does the step while the init is at work on its own, which waits for it only at the next
  /// `sync`. The steps of the runtime that are not are done before the init is told anything.
  var isBeside: Bool { if case .filterDevices = self { true } else { false } }

  /// Whether the step is done before the launch proper, by whoever asked for it.
  var isGroundwork: Bool {
    switch self {
    case .connectConsole, .takeID, .makeSource, .makeScratch, .writeFiles, .makePipes: true
    default: false
    }
  }
}

/// The birth of the init.
public struct CloneStep: Equatable, Sendable {
  public var namespaces: NamespaceSet
  /// The folder on cgroup v2 it is born into.
  public var cgroup: String?
  /// Whether the runtime stands still until the init is executed. Until then both share their memory: where the cgroup
  /// limits memory, and too little is left for the exec, the kernel would kill the runtime as well. Until then the init
  /// also sets its limit of descriptors, which must be over before the runtime raises that.
  public var waitsForExec: Bool

  public init(namespaces: NamespaceSet, cgroup: String?, waitsForExec: Bool = false) {
    self.namespaces = namespaces
    self.cgroup = cgroup
    self.waitsForExec = waitsForExec
  }
}

/// Where the init stops until the runtime has done the steps that follow.
public enum SyncPoint: Int, Sendable, Equatable {
  /// The namespaces exist.
  case namespaces = 1
  /// Time offsets must be written before the first process enters the namespace.
  case timeOffsets
  /// The mounts are there, the root is not changed yet.
  case mounts
  /// Everything is done but the wait for `start`.
  case created
}

public enum HookKind: String, CaseIterable, Sendable, Equatable {
  case prestart, createRuntime, createContainer, startContainer, poststart, poststop
}

/// A hook that runs in the runtime's namespaces.
public struct RuntimeHook: Equatable, Sendable {
  public var kind: HookKind
  public var index: Int
  public var hook: Hook
}

/// A hook that the init runs inside the container's namespaces.
public struct ContainerHook: Equatable, Sendable {
  public var kind: HookKind
  public var index: Int
  public var hook: Hook
  /// JSON, for the hook's standard input.
  public var state: [UInt8]
}

/// When a namespace is joined, where a user namespace is joined as well: whose right it takes is known to the kernel alone.
public enum JoinAttempt: Equatable, Sendable {
  case only
  /// With the rights that the runtime has; may be refused.
  case beforeUser
  /// With those of the user namespace; only what was refused before.
  case afterUser
}

/// What is written down, and handed out, of a process that is ready.
public struct CreatedRecord: Equatable, Sendable {
  /// The container's folder; nil for a process that joins a container.
  public var folder: String?
  public var pidFile: String?
  public var pidfdSocket: String?
  /// Where the kernel is asked to tell of want of memory, on cgroup v1; nil where nobody wants to know.
  public var memoryEvents: String?
  public init(
    folder: String? = nil, pidFile: String? = nil, pidfdSocket: String? = nil, memoryEvents: String? = nil
  ) {
    self.folder = folder
    self.pidFile = pidFile
    self.pidfdSocket = pidfdSocket
    self.memoryEvents = memoryEvents
  }
}

/// A root file system whose lower layers stay as they are.
public struct OverlayRoot: Equatable, Sendable {
  /// Uppermost first.
  public var lower: [String]
  public var upper: String
  public var work: String
  /// Where it is mounted.
  public var target: String
  public init(lower: [String], upper: String, work: String, target: String) {
    self.lower = lower
    self.upper = upper
    self.work = work
    self.target = target
  }

  /// The mount's options, as the kernel takes them one by one. Several layers are told one by one as well: together
  /// they would be longer than an option may be (256 bytes).
  var options: [String] { Self.options(lower: lower, upper: upper, work: work) }

  /// What is written stays whole in the upper folder, whatever the kernel's own choice is: `commit` and `diff` read it
  /// there. Source: "renaming directories" and "Metadata only copy up" in the kernel's
  /// Documentation/filesystems/overlayfs.rst.
  ///
  /// - Parameter upper: nil: nothing can be written.
  public static func options(lower: [String], upper: String?, work: String?) -> [String] {
    (lower.count == 1 ? ["lowerdir=" + escaped(lower[0])] : lower.map { "lowerdir+=" + $0 })
      + (upper.map { ["upperdir=" + $0, "redirect_dir=off", "metacopy=off"] } ?? [])
      + (work.map { ["workdir=" + $0] } ?? [])
  }

  /// A colon would begin another layer's name.
  private static func escaped(_ path: String) -> String {
    path.reduce(into: "") { $0 += $1 == ":" || $1 == "\\" ? "\\\($1)" : "\($1)" }
  }
}

public struct DeviceStep: Equatable, Sendable {
  /// The absolute path in the container.
  public var path: String
  /// Type and permissions, as in `st_mode`.
  public var mode: UInt32
  /// The kernel's device number.
  public var device: UInt64
  public var uid: UInt32
  public var gid: UInt32
  /// Bind the host's node: a user namespace may not make one.
  public var bind: Bool
}

public struct ConsoleStep: Equatable, Sendable {
  public var rows: UInt16
  public var columns: UInt16
  public var uid: UInt32
  /// Whether the terminal is mounted on /dev/console.
  public var bind: Bool
}

public enum PivotMethod: Sendable, Equatable {
  case pivot
  /// The old root was shared with the host's: it is cut off before it is unmounted.
  case pivotFromShared
  /// Where the root is an initial ramfs, which cannot be pivoted away: MS_MOVE and chroot.
  case moveAndChroot
}

public struct SchedulerStep: Equatable, Sendable {
  public var policy: LinuxSchedulerPolicy
  public var nice: Int32
  public var priority: Int32
  public var flags: UInt64
  /// Nanoseconds.
  public var runtime: UInt64
  public var deadline: UInt64
  public var period: UInt64
}

import CShim
import OCISpec

/// Turns the init's steps into the buffer that `swiftainer-init` reads. The shapes are those of `plan.h`.
struct PlanEncoder {
  /// Descriptors that the init inherits, by what they are for.
  struct Descriptors {
    /// Namespaces that are joined by path, by the step's index.
    var namespaces: [Int: CInt] = [:]
    /// Trees that the runtime opened, by the mount's field.
    var trees: [String: CInt] = [:]
    /// `tasks` files of cgroup v1 hierarchies, by path.
    var hierarchies: [String: CInt] = [:]
    /// The pidfd of the process whose namespaces are joined.
    var process: CInt = -1
    /// The pipe that `start` writes to, and the one it reads from.
    var gate: CInt = -1
    var startReport: CInt = -1
  }

  let lastCapability: Int64
  let descriptors: Descriptors
  private var buffer = PlanBuffer()

  init(descriptors: Descriptors, lastCapability: Int) {
    self.descriptors = descriptors
    self.lastCapability = Int64(lastCapability)
  }

  /// Encodes the init's steps out of a whole plan; each record carries its step's index in it.
  static func encode(
    _ steps: [Step], descriptors: Descriptors, lastCapability: Int, trace: Bool
  ) throws(Failure) -> [UInt8] {
    var encoder = PlanEncoder(descriptors: descriptors, lastCapability: lastCapability)
    for (index, step) in steps.enumerated() where step.actor == .`init` { encoder.add(step, index) }
    return try encoder.buffer.finished(trace: trace)
  }

  private mutating func add(_ step: Step, _ index: Int) {
    switch step {
    case .connectConsole, .takeID, .makeSource, .makeScratch, .writeFiles, .makePipes, .prepareCgroup,
      .lockMounts,
      .prepareResctrl,
      .prepareTree, .clone, .mapUsers, .mapGroups, .setTimeOffsets, .moveInterface, .outside, .joinResctrl,
      .setOOMScore, .raiseLimit, .ownStreams, .filterDevices, .delegateCgroup, .runtimeHook, .recordCreated:
      break
    case .becomeNotDumpable:
      buffer.add(PLAN_OP_PRCTL, index, numbers: [4, 0])
    case .joinHierarchy(let folder):
      buffer.add(
        PLAN_OP_JOIN_HIERARCHY, index, numbers: [Int64(descriptors.hierarchies[folder.tasksFile] ?? -1)])
    case .joinNamespace(let kind, _, let attempt):
      let flags =
        switch attempt {
        case .only: UInt32(0)
        case .beforeUser: PLAN_SETNS_EARLY
        case .afterUser: PLAN_SETNS_LATE
        }
      buffer.add(
        PLAN_OP_SETNS, index, flags: flags,
        numbers: [Int64(descriptors.namespaces[index] ?? -1), kind.number])
    case .joinProcess(let kinds, _):
      buffer.add(PLAN_OP_SETNS, index, numbers: [Int64(descriptors.process), kinds.number])
    case .unshare(let kinds):
      buffer.add(PLAN_OP_UNSHARE, index, numbers: [kinds.number])
    case .fork(let kinds):
      buffer.add(PLAN_OP_FORK, index, numbers: [kinds.number])
    case .becomeNamespaceRoot:
      buffer.add(PLAN_OP_BECOME_ROOT, index)
    case .dieWithRuntime:
      buffer.add(PLAN_OP_PRCTL, index, numbers: [1, 9])  // PR_SET_PDEATHSIG, SIGKILL
    case .startSession:
      buffer.add(PLAN_OP_SETSID, index)
    case .joinKeyring(let name):
      buffer.add(PLAN_OP_KEYRING, index, texts: [.string(name)])
    case .bringUpLoopback:
      buffer.add(PLAN_OP_LOOPBACK_UP, index)
    case .sync(let point):
      buffer.add(PLAN_OP_SYNC, index, numbers: [Int64(point.rawValue)])
    case .setHostname(let name):
      buffer.add(PLAN_OP_HOSTNAME, index, texts: [.string(name)])
    case .setDomainname(let name):
      buffer.add(PLAN_OP_DOMAINNAME, index, texts: [.string(name)])
    case .waitForStart:
      buffer.add(
        PLAN_OP_WAIT_START, index, numbers: [Int64(descriptors.gate), Int64(descriptors.startReport)])
    default:
      if !addFileSystem(step, index) { addProcess(step, index) }
    }
  }

  private mutating func addFileSystem(_ step: Step, _ index: Int) -> Bool {
    switch step {
    case .setPropagation(let path, let propagation, let recursive):
      buffer.add(
        PLAN_OP_PROPAGATION, index,
        numbers: [Int64(propagation.rawValue) | (recursive ? KernelFlags.recursiveMount : 0)],
        texts: [.string(path)])
    case .openRoot(let path, let propagation):
      buffer.add(
        PLAN_OP_OPEN_ROOT, index, numbers: [Int64(propagation?.rawValue ?? 0)], texts: [.string(path)])
    case .openRootOverlay(let overlay):
      buffer.add(
        PLAN_OP_NEW_FILESYSTEM, index,
        texts: [.string("overlay"), .string("overlay"), .list(overlay.options)])
      buffer.add(PLAN_OP_OPEN_ROOT, index, texts: [.string(overlay.target)])
    case .openCurrentRoot:
      buffer.add(PLAN_OP_OPEN_CURRENT_ROOT, index)
    case .openProc:
      buffer.add(PLAN_OP_OPEN_PROC, index)
    case .mount(let mount):
      add(mount, index)
    case .openDev:
      buffer.add(PLAN_OP_OPEN_DEV, index)
    case .makeDevice(let device):
      add(device, index)
    case .linkInDev(let target, let name):
      buffer.add(PLAN_OP_SYMLINK, index, texts: [.string(target), .string(name)])
    case .makeFolder(let path):
      buffer.add(PLAN_OP_MAKE_FOLDER, index, numbers: [0o755], texts: [.string(path)])
    case .openConsole(let console):
      buffer.add(
        PLAN_OP_CONSOLE, index, flags: console.bind ? PLAN_CONSOLE_BIND : 0,
        numbers: [Int64(console.rows), Int64(console.columns), Int64(console.uid)])
    case .pivotRoot(let method):
      let flags =
        switch method {
        case .pivot: UInt32(0)
        case .pivotFromShared: PLAN_PIVOT_MAKE_SLAVE
        case .moveAndChroot: PLAN_PIVOT_NONE
        }
      buffer.add(PLAN_OP_PIVOT_ROOT, index, flags: flags)
    case .openNull:
      buffer.add(PLAN_OP_OPEN_NULL, index)
    case .mask(let path):
      buffer.add(PLAN_OP_MASK, index, texts: [.string(path)])
    case .makeReadOnly(let path):
      buffer.add(PLAN_OP_READ_ONLY, index, texts: [.string(path)])
    case .remountReadOnly(let path):
      buffer.add(
        PLAN_OP_REMOUNT, index, numbers: [Int64(MountAttributes.readOnly.rawValue)], texts: [.string(path)])
    case .setSysctl(let name, let value):
      buffer.add(
        PLAN_OP_WRITE_PROC, index, texts: [.string("sys/" + (Sysctl.path(of: name) ?? name)), .string(value)])
    case .setLabel(let attribute, let value):
      buffer.add(
        PLAN_OP_WRITE_PROC, index, flags: PLAN_PROC_THREAD,
        texts: [.string("thread-self/" + attribute), .string(value)])
    default:
      return false
    }
    return true
  }

  private mutating func add(_ mount: MountStep, _ index: Int) {
    if mount.openedByRuntime {
      buffer.add(PLAN_OP_ADOPT_TREE, index, numbers: [Int64(descriptors.trees[mount.field] ?? -1)])
    } else {
      switch mount.source {
      case .filesystem(let type, let source, let options):
        buffer.add(
          PLAN_OP_NEW_FILESYSTEM, index, numbers: [Int64(mount.attributes.rawValue)],
          texts: [.string(type), .string(source), .list(options)])
      case .bind(let path, let recursive):
        buffer.add(
          PLAN_OP_OPEN_TREE, index, numbers: [KernelFlags.openTree(recursive: recursive)],
          texts: [.string(path)])
      case .remount(let options):
        buffer.add(
          PLAN_OP_OPEN_MOUNT, index, flags: Self.attachFlags(mount), texts: [.string(mount.destination)])
        if let options {
          buffer.add(PLAN_OP_RECONFIGURE, index, texts: [.string(""), .string(""), .list(options)])
        }
      }
    }
    if mount.copyUp { buffer.add(PLAN_OP_COPY_UP, index, texts: [.string(mount.destination)]) }
    for change in mount.changes {
      buffer.add(
        PLAN_OP_SET_ATTRIBUTES, index,
        numbers: [
          Int64(change.set.rawValue), Int64(change.clear.rawValue), Int64(change.propagation?.rawValue ?? 0),
          0,
          change.recursive ? KernelFlags.recursive : 0,
        ])
    }
    if mount.isRemount { return }
    buffer.add(
      PLAN_OP_ATTACH, index, flags: Self.attachFlags(mount), numbers: [0o755],
      texts: [.string(mount.destination)])
  }

  private static func attachFlags(_ mount: MountStep) -> UInt32 {
    var flags: UInt32 = 0
    if mount.refusesLinks { flags |= PLAN_ATTACH_NO_LINKS }
    if mount.keepsMode { flags |= PLAN_ATTACH_KEEP_MODE }
    if mount.allowedInProc { flags |= PLAN_ATTACH_IN_PROC }
    return flags
  }

  private mutating func add(_ device: DeviceStep, _ index: Int) {
    let prefix = "/dev/"
    var name = device.path
    var flags = device.bind ? PLAN_NODE_BIND : 0
    if name.hasPrefix(prefix), !name.dropFirst(prefix.count).contains("/") {
      name = String(name.dropFirst(prefix.count))
      flags |= PLAN_NODE_IN_DEV
    }
    buffer.add(
      PLAN_OP_MAKE_NODE, index, flags: flags,
      numbers: [Int64(device.mode), Int64(device.device), Int64(device.uid), Int64(device.gid)],
      texts: [.string(name), .string(device.path)])
  }

  private mutating func addProcess(_ step: Step, _ index: Int) {
    switch step {
    case .containerHook(let step):
      buffer.add(
        PLAN_OP_HOOK, index, numbers: [Int64(step.hook.limit ?? 0), Int64(step.index)],
        texts: [
          .string(step.hook.path), .list(step.hook.arguments), .list(step.hook.env), .bytes(step.state),
        ])
    case .useConsole:
      buffer.add(PLAN_OP_USE_CONSOLE, index)
    case .setLimit(let resource, let soft, let hard):
      buffer.add(
        PLAN_OP_RLIMIT, index,
        numbers: [
          Int64(ResourceLimit.number(resource) ?? -1), Int64(bitPattern: soft), Int64(bitPattern: hard),
        ])
    case .setUmask(let mask):
      buffer.add(PLAN_OP_UMASK, index, numbers: [Int64(mask)])
    case .setPersonality(let persona):
      buffer.add(PLAN_OP_PERSONALITY, index, numbers: [Int64(persona)])
    case .setScheduler(let scheduler):
      let period = withUnsafeBytes(of: scheduler.period) { Array($0) }
      buffer.add(
        PLAN_OP_SCHEDULER, index,
        numbers: [
          Int64(scheduler.policy.number), Int64(scheduler.nice), Int64(scheduler.priority),
          Int64(scheduler.flags),
          Int64(bitPattern: scheduler.runtime), Int64(bitPattern: scheduler.deadline),
        ], texts: [.bytes(period)])
    case .setIOPriority(let kind, let priority):
      buffer.add(PLAN_OP_IO_PRIORITY, index, numbers: [Int64(kind.number << 13 | priority)])
    case .setAffinity(let mask):
      buffer.add(PLAN_OP_AFFINITY, index, texts: [.bytes(mask)])
    case .setMemoryPolicy(let mode, let nodes):
      buffer.add(
        PLAN_OP_MEMORY_POLICY, index, numbers: [Int64(mode), Int64(nodes.count * 8 + 1)],
        texts: [.bytes(nodes)])
    case .changeFolder(let path):
      buffer.add(PLAN_OP_CHDIR, index, flags: PLAN_CHDIR_EARLY, texts: [.string(path)])
    case .checkFolder(let path):
      buffer.add(PLAN_OP_CHDIR, index, texts: [.string(path)])
    case .closeRest(let first, let supervised):
      buffer.add(
        PLAN_OP_CLOSE_REST, index, flags: supervised ? PLAN_CLOSE_KEEP_SIGNALS : 0,
        numbers: [Int64(first), Int64(descriptors.gate), Int64(descriptors.startReport)])
    case .loadSeccomp(let filter):
      buffer.add(
        PLAN_OP_SECCOMP, index, flags: filter.needsListener ? PLAN_SECCOMP_LISTENER : 0,
        numbers: [Int64(filter.flags)], texts: [.bytes(filter.program)])
    case .dropBounding(let kept):
      buffer.add(PLAN_OP_BOUNDING, index, numbers: [Int64(bitPattern: kept), lastCapability])
    case .becomeUser(let uid, let gid, let groups):
      let bytes = groups.flatMap { group in withUnsafeBytes(of: group) { Array($0) } }
      buffer.add(
        PLAN_OP_USER, index, numbers: [Int64(uid), Int64(gid), Int64(groups.count)],
        texts: [.bytes(bytes)])
    case .setCapabilities(let masks):
      buffer.add(
        PLAN_OP_CAPABILITIES, index,
        numbers: [
          Int64(bitPattern: masks.effective), Int64(bitPattern: masks.permitted),
          Int64(bitPattern: masks.inheritable), Int64(bitPattern: masks.ambient), lastCapability,
        ])
    case .forbidNewPrivileges:
      buffer.add(PLAN_OP_PRCTL, index, numbers: [38, 1])
    case .findProgram(let program, let path):
      buffer.add(PLAN_OP_FIND_PROGRAM, index, texts: [.string(program), .string(path)])
    case .execute(let arguments, let environment, let supervised):
      buffer.add(
        PLAN_OP_EXEC, index, flags: supervised ? PLAN_EXEC_SUPERVISE : 0,
        texts: [.list(arguments), .list(environment)])
    default:
      preconditionFailure("a step of the init without an encoding: \(step)")
    }
  }
}

extension NamespaceSet {
  fileprivate var number: Int64 { Int64(rawValue) }
}

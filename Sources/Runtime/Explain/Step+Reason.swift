import OCISpec

extension Step {
  /// Why the step is there, and why at this point: one sentence for people.
  public var reason: String {
    switch self {
    case .connectConsole:
      "whoever listens there will be sent the terminal; if nobody does, nothing has been made yet"
    case .takeID:
      "of several who want one name only one can make this folder; what is noted in it lets delete find everything "
        + "again, even if this command is killed"
    case .makeSource: "--volume names a folder that is not there, and promises to make it"
    case .makeScratch:
      "the image stays as it is: what the container writes goes to upper, work is for the kernel, merged is what it "
        + "sees"
    case .writeFiles:
      "the container has names and name servers of its own, whatever the image says: these are bound over its files"
    case .makePipes:
      "start is another command: it writes a byte into gate to let the program run, and reads from report if that "
        + "failed"
    case .startUnit(let plan):
      "systemd has this machine's cgroups to itself: it makes them, and repeats limits that it knows when it reloads"
        + (plan.unit.isSlice ? "" : "; a scope is made for processes that exist, so ours goes first")
    case .leaveUnit(let plan):
      plan.unit.isSlice
        ? "nothing more is wanted from systemd"
        : "the process that held the scope would be counted; now that the init is in it, systemd keeps the scope"
    case .prepareCgroup:
      "the limits are in force before the first process exists, so nothing ever runs without them"
    case .prepareResctrl(let plan): plan.reason
    case .joinResctrl:
      "moved while it waits for its plan, and with it all it will start: a child is born into its parent's class"
    case .lockMounts:
      "in a copy that belongs to a user namespace the kernel locks the flags of each mount: what the host has mounted "
        + "read-only or nosuid stays so, whatever root inside tries"
    case .prepareTree(let mount, _): mount.reasonForPreparation
    case .clone(let clone): clone.reason
    case .mapUsers:
      "until its users are mapped, a process in a new user namespace is nobody, and an exec would take all its "
        + "capabilities"
    case .mapGroups: "groups are mapped apart from users; whatever is not mapped belongs to nobody inside"
    case .setTimeOffsets:
      "the clocks of a time namespace can be set only until the first process has entered it"
    case .moveInterface:
      "a network device is in one network namespace at a time, so it is handed over for good, with its addresses"
    case .outside(let step): step.reason
    case .setOOMScore:
      "tells the kernel how soon to end this container when the machine is out of memory; a child inherits it"
    case .raiseLimit:
      "root of the user namespace has no right to raise it; lowering it later on needs none"
    case .delegateCgroup:
      "root of the user namespace may make cgroups below its own, and move its processes among them"
    case .ownStreams:
      "opening /dev/stdout anew asks for rights on it, which a user other than root has only as its owner"
    case .filterDevices:
      "the kernel asks this program at each opening of a device; put in force while the init builds, long before the "
        + "container's program can run"
    case .runtimeHook(let hook): hook.kind.reason
    case .recordCreated(let record) where record.folder == nil:
      "whoever waits for the process can watch it from here on"
    case .recordCreated(let record):
      "from here on the container can be started, listed and deleted by other commands, even if this one is killed"
        + (record.memoryEvents == nil ? "" : "; and the kernel is to tell when its memory runs out")
    case .sync(let point): point.reason
    case .waitForStart:
      "create and start are two commands in the OCI specification: between them the caller can attach networks"
    case .containerHook(let hook): hook.kind.reason
    default: reasonAsNamespace ?? reasonAsFile ?? reasonAsProcess
    }
  }

  private var reasonAsNamespace: String? {
    switch self {
    case .becomeNotDumpable:
      "nobody in the container may trace the init or reach into it, while it still holds descriptors of the host "
        + "(CVE-2016-9962)"
    case .joinHierarchy(let folder):
      "\(folder.controllers.map(\.rawValue).joined(separator: ", ")) is still bound to cgroup v1 here, which clone "
        + "cannot be born into; joined first, so that all further use is counted"
    case .joinNamespace(.user, _, _):
      "what is left to join may be its own: then it is the one that has the right"
    case .joinNamespace(_, _, .beforeUser):
      "before the user namespace, which would have no right to enter what is the host's; what is refused is tried again"
    case .joinNamespace(_, _, .afterUser):
      "once more, with the right of the user namespace, where it was refused before"
    case .joinNamespace(.mount, _, _):
      "the mount namespace comes last, since every path changes its meaning with it"
    case .joinNamespace(let kind, _, _):
      "the configuration names an existing namespace, to be shared with whoever is in it"
        + (kind == .pid || kind == .time
          ? "; it holds from the next child on" : "")
    case .joinProcess: "one call by pidfd joins them all: no number can be recycled, and it is all or nothing"
    case .unshare(.cgroup):
      "made only now that the process is in its cgroup, which becomes the root of what it can see"
    case .unshare(.user):
      "being root inside means nothing outside; made by a process that was executed before, since the memory of one "
        + "executed inside would be open to that root"
    case .unshare(.time): "clocks of its own; they hold from the next child on"
    case .unshare: "a view of its own on what the machine shares"
    case .fork:
      "a pid or time namespace holds from the next child on, so the init goes on as a child of itself"
    case .becomeNamespaceRoot:
      "only root of the user namespace may set up what follows in it; its other groups are left behind"
    case .dieWithRuntime:
      "whoever ends this command, however roughly, ends the container; set this late, since a change of user clears it"
    case .startSession:
      "in a session of its own, no signal of our terminal reaches the container, and it can have a terminal itself"
    case .joinKeyring: "keys in our session's keyring would otherwise be readable inside"
    case .bringUpLoopback: "a new network namespace has nothing but lo, and lo is down"
    default: nil
    }
  }
}

extension CloneStep {
  fileprivate var reason: String {
    let kinds = namespaces.members.map { kind -> String in
      switch kind {
      case .user: "user: root inside is somebody harmless outside"
      case .pid: "pid: it sees no processes but its own, and is number 1"
      case .mount: "mount: what it mounts stays inside"
      case .network: "network: devices, addresses and ports of its own"
      case .ipc: "ipc: shared memory and queues of its own"
      case .uts: "uts: a host name of its own"
      default: kind.words
      }
    }
    let start =
      "one call makes the process and its namespaces" + (cgroup == nil ? "" : ", in its cgroup from birth")
    let details = kinds.isEmpty ? "" : " (" + kinds.joined(separator: "; ") + ")"
    return start + details
      + "; it runs a sealed copy of our init, so that nothing in the container can overwrite ours (CVE-2019-5736)"
  }
}

extension HookKind {
  fileprivate var reason: String {
    switch self {
    case .prestart: "deprecated in favour of createRuntime; runs outside, when the namespaces exist"
    case .createRuntime:
      "runs outside while the init waits: the namespaces exist, the root is not changed yet; networks are set up here"
    case .createContainer:
      "runs inside the namespaces before the root is changed: it still reaches the runtime's files"
    case .startContainer: "runs inside the finished container, as the last thing before the program"
    case .poststart: "runs outside when the program has been started"
    case .poststop: "runs outside when the container has been deleted"
    }
  }
}

extension SyncPoint {
  fileprivate var reason: String {
    switch self {
    case .namespaces:
      "the runtime has something to do that only it may, from outside; the init waits for its word"
    case .timeOffsets:
      "the runtime writes the offsets before a process is inside; the init waits for its word"
    case .mounts: "hooks run from here on; the init waits for the runtime's word"
    case .created: "everything that can fail is done: the runtime writes it down before the program can run"
    }
  }
}

import Glibc
import OCISpec

extension Step {
  /// The kernel calls that the step is going to make, if nothing stands in its way and nothing it needs is
  /// missing. Descriptors that do not exist yet have names.
  ///
  /// - Parameter pid: the init's process ID; nil before it has one.
  func foreseenCalls(pid: Int32?) -> [KernelCall] {
    let folder = "/proc/" + (pid.map { String($0) } ?? "PID")
    return switch self {
    case .connectConsole(let path): [ConsoleSocket.foreseenConnection(to: path)]
    case .takeID(let folder): ContainerStore.foreseenCalls(folder)
    case .makeSource(let path): [.mkdir(path, mode: 0o755)]
    case .makeScratch(let overlay): overlay.foreseenPreparation
    case .writeFiles(let files): files.flatMap(\.foreseenCalls)
    case .makePipes(let folder):
      ["gate", "report"].flatMap { name -> [KernelCall] in
        let path = folder + "/" + name
        return [
          .mknodat(.current, path, mode: 0o010600, device: 0),
          .openat(.current, path, UInt64(O_RDWR | O_CLOEXEC)),
        ]
      }
    case .startUnit(let plan):
      [.execve("swiftainer-systemd", ["swiftainer-systemd", "start"] + plan.words, variables: 0)]
    case .leaveUnit(let plan): plan.lateWrites.flatMap { Self.write($0.value, to: $0.file) }
    case .prepareCgroup(let plan): plan.foreseenCalls
    case .filterDevices(let filter, let cgroup): filter.foreseenCalls(cgroup)
    case .prepareResctrl(let plan): plan.foreseenCalls
    case .joinResctrl(let tasks):
      tasks.flatMap { Self.write(pid.map { String($0) } ?? "PID", to: $0) }
    case .lockMounts:
      [
        .clone3(flags: NamespaceSet([.user, .mount]).rawValue, exitSignal: UInt64(SIGCHLD)),
        .openat(.current, "/proc/PID/ns/mnt", UInt64(O_RDONLY | O_CLOEXEC)),
      ]
    case .prepareTree(let mount, let locked): mount.foreseenPreparation(locked: locked)
    case .clone(let clone): clone.foreseenCalls(opening: [])
    case .mapUsers(let mappings): Self.write(IDMapping.text(mappings), to: folder + "/uid_map")
    case .mapGroups(let mappings): Self.write(IDMapping.text(mappings), to: folder + "/gid_map")
    case .setTimeOffsets(let offsets): Self.write(RuntimeSteps.text(offsets), to: folder + "/timens_offsets")
    case .setOOMScore(let score): Self.write(String(score), to: folder + "/oom_score_adj")
    case .delegateCgroup(let plan, let uid):
      ([""] + Cgroup.alwaysDelegated.map { "/" + $0 }).map {
        .lchown(plan.unified.leaf + $0, uid: uid, gid: .max)
      }
    // Only streams that belong to somebody else change hands; which do is seen only then.
    case .ownStreams: []
    // Only a limit that is lower is raised.
    case .raiseLimit: []
    case .moveInterface(let name, let newName):
      NetworkInterface.foreseenCalls(name, folder: folder, as: newName)
    // Told by who does it.
    case .outside: []
    case .recordCreated(let record): record.foreseenCalls
    case .runtimeHook(let hook):
      [
        .memfd_create("state", flags: 1),
        .execve(hook.hook.path, hook.hook.arguments, variables: hook.hook.env.count),
      ]
    case .sync, .waitForStart, .findProgram, .checkFolder: []
    default: foreseenNamespaces ?? foreseenFiles ?? foreseenProcess ?? []
    }
  }

  static func write(_ text: String, to file: String) -> [KernelCall] {
    [.openat(.current, file, UInt64(O_WRONLY | O_CLOEXEC)), .write("filefd", text)]
  }

  private var foreseenNamespaces: [KernelCall]? {
    switch self {
    case .becomeNotDumpable: [.prctl(4, 0)]
    case .joinHierarchy: [.write("tasksfd", "0")]
    case .joinNamespace(_, _, .afterUser): []
    case .joinNamespace(let kind, _, _): [.setns("nsfd", kind.rawValue)]
    case .joinProcess(let kinds, _): [.setns("pidfd", kinds.rawValue)]
    case .unshare(let kinds): [.unshare(kinds.rawValue)]
    // CLONE_PARENT: the runtime's child, as the init itself is.
    case .fork(let kinds): [.clone3(flags: kinds.rawValue | 0x8000, exitSignal: 0)]
    case .becomeNamespaceRoot: [.setgroups(nil), .setresgid(0), .setresuid(0)]
    case .dieWithRuntime: [.prctl(1, 9)]
    case .startSession: [.setsid()]
    case .joinKeyring(let name): [.joinSessionKeyring(name)]
    // IFF_UP, beside the IFF_LOOPBACK that it has.
    case .bringUpLoopback: [.setInterfaceFlags("socket", "lo", 0x1 | 0x8)]
    case .containerHook(let step):
      [
        .clone(0x1000 | UInt64(SIGCHLD)),
        .execve(step.hook.path, step.hook.arguments, variables: step.hook.env.count),
      ]
    default: nil
    }
  }
}

extension CloneStep {
  /// The sealed copy, the birth, and what the child does up to the init's first step.
  ///
  /// - Parameter files: what the runtime opens for the init to join.
  func foreseenCalls(opening files: [(path: String, flags: CInt)]) -> [KernelCall] {
    var calls = files.map { KernelCall.openat(.current, $0.path, UInt64($0.flags | O_CLOEXEC)) }
    calls += [
      .openat(.current, "swiftainer-init", UInt64(O_RDONLY | O_CLOEXEC)),
      .memfd_create("swiftainer-init", flags: 3),
      KernelCall("sendfile", ["initfd", "filefd", "NULL", "..."]), .addSeals("initfd", 0xf),
      .socketpair("[reportfd, socket]"),
    ]
    if let cgroup {
      calls.append(.openat(.current, cgroup, UInt64(KernelFlags.path | O_DIRECTORY | O_CLOEXEC)))
    }
    calls.append(call(pidfd: "[pidfd]", cgroup: cgroup == nil ? nil : "cgroupfd"))
    return calls
      + childCalls(program: "initfd", report: "socket", kept: ["socket"], firstUnknown: 3)
      .map { KernelCall($0.name, $0.arguments) }
  }
}

extension LaunchPlan {
  /// The calls that a step is going to make, as part of this plan: what is joined by path is opened before the
  /// birth, while the host's paths still hold.
  func foreseenCalls(of index: Int, pid: Int32? = nil) -> [KernelCall] {
    guard case .clone(let clone) = steps[index] else { return steps[index].foreseenCalls(pid: pid) }
    return clone.foreseenCalls(
      opening: steps.compactMap { step in
        switch step {
        case .joinNamespace(_, let path, _): (path, O_RDONLY)
        case .joinHierarchy(let folder): (folder.tasksFile, O_WRONLY)
        default: nil
        }
      })
  }
}

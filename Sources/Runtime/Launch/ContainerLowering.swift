import OCISpec

/// From a container's configuration to its launch plan. Touches nothing: needs no root, and is tested with `==`.
///
/// The order of the steps is the heart of the matter; each group says why it stands where it stands.
struct ContainerLowering {
  let launch: ContainerLaunch
  let spec: Spec
  let linux: Linux
  let process: OCISpec.Process
  let new: NamespaceSet
  private var steps: [Step] = []
  private var warnings: [String] = []

  init(_ launch: ContainerLaunch) throws(SpecError) {
    self.launch = launch
    spec = launch.spec
    guard let process = spec.process else {
      throw SpecError("process", "missing: without it there is nothing to run")
    }
    self.process = process
    let linux = spec.linux ?? Linux()
    self.linux = linux
    var new: NamespaceSet = []
    for namespace in linux.namespaces where namespace.path == nil { new.insert(NamespaceSet(namespace.type)) }
    self.new = new
    guard linux.namespaces.contains(where: { $0.type == .mount }) else {
      throw SpecError(
        "linux.namespaces", "a mount namespace is required: without one the host's mounts would change")
    }
  }

  /// Throws where the configuration asks for what cannot be.
  static func lower(_ launch: ContainerLaunch) throws(SpecError) -> LaunchPlan {
    var lowering = try ContainerLowering(launch)
    let mounts = try lowering.mountSteps()
    lowering.addGroundwork()
    lowering.addBirth(mounts)
    lowering.addNamespaces()
    lowering.addRoot()
    for mount in mounts { lowering.steps.append(.mount(mount)) }
    lowering.closeCgroupFolders(mounts)
    try lowering.addDev()
    lowering.addHooksBeforePivot()
    try lowering.addPivot()
    lowering.addSystemSettings()
    var entry = try ProcessLowering(
      lowering.process, seccomp: launch.seccomp, preserved: launch.preservedDescriptors,
      supervised: launch.supervised,
      inUserNamespace: lowering.inUserNamespace, home: launch.home)
    try lowering.addIdentity(&entry)
    lowering.addStart(entry)
    return LaunchPlan(steps: lowering.steps, warnings: entry.warnings)
  }

  private var inUserNamespace: Bool { linux.namespaces.contains { $0.type == .user } }

  private func path(of type: LinuxNamespaceType) -> String? {
    linux.namespaces.first { $0.type == type }?.path
  }

  /// Whether namespaces are involved that only a child enters, or that must be entered before others are made: then the init goes on as a child of itself.
  private var needsFork: Bool {
    new.contains(.user) || path(of: .user) != nil || path(of: .pid) != nil || path(of: .time) != nil
      || new.contains(.time)
  }

  /// The user that may make cgroups of its own: root of a new user namespace that is shown a cgroup mount to
  /// write to. Source: "Cgroup ownership" in runtime-spec's config-linux.md.
  private var delegate: UInt32? {
    guard inUserNamespace, new.contains(.cgroup) else { return nil }
    let isWritable = newMounts.contains { mount in
      (mount.type == "cgroup" || mount.type == "cgroup2") && !mount.options.contains("ro")
    }
    return isWritable ? linux.uidMappings.first { $0.containerID == 0 }?.hostID : nil
  }

  /// On a hybrid machine the hierarchies stand on a tmpfs; it is closed once they do.
  private mutating func closeCgroupFolders(_ mounts: [MountStep]) {
    for mount in newMounts where mount.type == "cgroup" || mount.type == "cgroup2" {
      let path = Files.clean(mount.destination)
      let stands = mounts.contains { $0.destination == path + "/unified" }
      if stands && mount.options.contains("ro") { steps.append(.remountReadOnly(path)) }
    }
  }

  private mutating func addGroundwork() {
    // First, since whoever is to be sent the terminal may not listen.
    if let path = launch.consoleSocket { steps.append(.connectConsole(path)) }
    guard let folder = launch.folder else { return }
    steps.append(.takeID(folder: folder))
    for path in launch.newSources { steps.append(.makeSource(path)) }
    if let overlay = launch.overlay { steps.append(.makeScratch(overlay)) }
    if !launch.newFiles.isEmpty { steps.append(.writeFiles(launch.newFiles)) }
    if launch.mode == .create { steps.append(.makePipes(folder: folder)) }
  }

  private mutating func addBirth(_ mounts: [MountStep]) {
    if let unit = launch.unit { steps.append(.startUnit(unit)) }
    if var cgroup = launch.cgroup {
      cgroup.devices = nil
      steps.append(.prepareCgroup(cgroup))
    }
    if let resctrl = launch.resctrl { steps.append(.prepareResctrl(resctrl)) }
    // Opened while the host's paths and rights still hold.
    let opened = mounts.filter(\.openedByRuntime)
    if inUserNamespace && !opened.isEmpty { steps.append(.lockMounts) }
    steps += opened.map { .prepareTree($0, locked: inUserNamespace) }
    // The cgroup namespace comes later: it must be made by a process that is in its cgroup already.
    if let cgroup = launch.cgroup, let uid = delegate { steps.append(.delegateCgroup(cgroup, uid: uid)) }
    // A network namespace takes the kernel half a millisecond: the init makes it, while the runtime goes on.
    let born = needsFork ? [] : new.subtracting([.cgroup, .network])
    steps.append(
      .clone(
        CloneStep(
          namespaces: born, cgroup: launch.cgroup?.unified.leaf,
          waitsForExec: launch.layout?.limitsMemoryFromBirth ?? false
            || inUserNamespace && ProcessLowering.raisesDescriptors(process))))
    // Before the init gets its plan, so that no limit counts two of us when the container begins.
    if let unit = launch.unit { steps.append(.leaveUnit(unit)) }
    // Before it is sent its plan: what it goes on as is born into the class.
    if let resctrl = launch.resctrl { steps.append(.joinResctrl(resctrl.tasks)) }
    steps += ProcessLowering.ownStreams(process, inUserNamespace ? linux.uidMappings : nil)
    if let score = process.oomScoreAdj { steps.append(.setOOMScore(score)) }
    if inUserNamespace { steps += ProcessLowering.raiseLimits(process) }
    if let cgroup = launch.cgroup, let filter = cgroup.devices {
      steps.append(.filterDevices(filter, cgroup: cgroup.unified.leaf))
    }
  }

  private mutating func addNamespaces() {
    steps.append(.becomeNotDumpable)
    // First of all, so that all it will ever use is counted.
    for folder in launch.cgroup?.legacy ?? [] { steps.append(.joinHierarchy(folder)) }
    addJoins()
    if needsFork {
      if new.contains(.user) {
        // By a process that was executed before: the memory of one executed inside would be open to the
        // namespace's root, dumpable or not.
        steps += [
          .unshare(.user), .sync(.namespaces), .mapUsers(linux.uidMappings), .mapGroups(linux.gidMappings),
          .becomeNamespaceRoot,
        ]
      }
      if new.contains(.time) {
        steps.append(.unshare(.time))
        if !linux.timeOffsets.isEmpty {
          // The offsets can be written only until the first process is inside.
          steps += [.sync(.timeOffsets), .setTimeOffsets(linux.timeOffsets)]
        }
      }
      steps.append(.fork(new.subtracting([.user, .time, .cgroup])))
    } else if new.contains(.network) {
      steps.append(.unshare(.network))
    }
    if new.contains(.cgroup) { steps.append(.unshare(.cgroup)) }
    steps.append(.startSession)
    if launch.newKeyring { steps.append(.joinKeyring("_ses." + launch.id)) }
    if new.contains(.network) { steps.append(.bringUpLoopback) }
    if !linux.netDevices.isEmpty || !launch.outside.isEmpty {
      steps.append(.sync(.namespaces))
      steps += launch.outside.map { .outside($0) }
      for (name, device) in linux.netDevices.sorted(by: { $0.key < $1.key }) {
        steps.append(.moveInterface(name: name, newName: device.name ?? name))
      }
    }
  }

  /// A namespace of the host's is joined before a user namespace that has no right to it, one that the user namespace owns
  /// perhaps only after it. Which is which only the kernel knows, so it is asked twice.
  private mutating func addJoins() {
    let paths = NamespaceSet.joinOrder.compactMap { kind in
      linux.namespaces.first { NamespaceSet($0.type) == kind }?.path.map { (kind: kind, path: $0) }
    }
    guard let user = path(of: .user) else {
      steps += paths.map { .joinNamespace($0.kind, path: $0.path) }
      return
    }
    let others = paths.filter { $0.kind != .user }
    steps += others.map { .joinNamespace($0.kind, path: $0.path, .beforeUser) }
    steps += [.joinNamespace(.user, path: user), .becomeNamespaceRoot]
    steps += others.map { .joinNamespace($0.kind, path: $0.path, .afterUser) }
  }

  /// `linux.rootfsPropagation`: the kind, and whether it goes for the mounts below as well.
  private var rootPropagation: (kind: MountPropagation, recursive: Bool)? {
    switch linux.rootfsPropagation {
    case "shared": (.shared, false)
    case "rshared": (.shared, true)
    case "slave": (.slave, false)
    case "rslave": (.slave, true)
    case "private": (.private, false)
    case "rprivate": (.private, true)
    case "unbindable": (.unbindable, false)
    case "runbindable": (.unbindable, true)
    default: nil
    }
  }

  private mutating func addRoot() {
    let isShared = rootPropagation?.kind == .shared
    if isShared {
      // Mounts made inside are to reach the host, but not the one of the root file system itself.
      steps.append(.setPropagation(path: "/", .shared, recursive: rootPropagation?.recursive ?? false))
      steps.append(.setPropagation(path: launch.rootfsMountPoint, .private, recursive: false))
    } else {
      // What is mounted in the container stays there, and what the host unmounts goes away inside as well.
      let kind = rootPropagation?.kind ?? .slave
      steps.append(.setPropagation(path: "/", kind == .unbindable ? .private : kind, recursive: true))
    }
    // Written through a proc that no mount of the container can cover.
    if !linux.sysctl.isEmpty || !launch.labels.isEmpty { steps.append(.openProc) }
    if let overlay = launch.overlay {
      steps.append(.openRootOverlay(overlay))
    } else {
      steps.append(.openRoot(launch.rootfs, made: isShared ? .private : nil))
    }
  }

  private func mountSteps() throws(SpecError) -> [MountStep] {
    let lowering = MountLowering(
      bundle: launch.bundle, cgroup: launch.cgroup, layout: launch.layout,
      hasCgroupNamespace: new.contains(.cgroup),
      inUserNamespace: inUserNamespace,
      idMapping: IDMapping(users: linux.uidMappings, groups: linux.gidMappings), context: launch.mountContext)
    var mounts: [MountStep] = []
    for (index, mount) in spec.mounts.enumerated() { mounts += try lowering.lower(mount, index) }
    return mounts
  }

  /// Those that are not changes of another.
  private var newMounts: [Mount] { spec.mounts.filter { !$0.options.contains("remount") } }

  /// With the host's own /dev bound, nothing is made in it.
  private var makesDev: Bool {
    !newMounts.contains { mount in
      Files.clean(mount.destination) == "/dev"
        && (mount.type == "bind" || mount.options.contains("bind") || mount.options.contains("rbind"))
    }
  }

  private mutating func addDev() throws(SpecError) {
    steps.append(.openDev)
    if makesDev {
      steps += try DeviceLowering(devices: linux.devices, inUserNamespace: inUserNamespace).lower()
    } else if !linux.devices.isEmpty {
      throw SpecError("linux.devices", "the host's /dev is bound: devices cannot be made in it")
    }
    if process.terminal {
      steps.append(
        .openConsole(
          ConsoleStep(
            rows: UInt16(clamping: process.consoleSize?.height ?? 0),
            columns: UInt16(clamping: process.consoleSize?.width ?? 0), uid: process.user.uid, bind: makesDev)
        ))
    }
    // As Docker does: a working directory that the image lacks is made.
    if process.cwd != "/" { steps.append(.makeFolder(process.cwd)) }
  }

  private mutating func addHooksBeforePivot() {
    guard let hooks = spec.hooks else { return }
    // Also before those of the init's alone: no program runs until the runtime has done its part.
    if !hooks.prestart.isEmpty || !hooks.createRuntime.isEmpty || !hooks.createContainer.isEmpty {
      steps.append(.sync(.mounts))
      addRuntimeHooks(.prestart, hooks.prestart)
      addRuntimeHooks(.createRuntime, hooks.createRuntime)
    }
    addContainerHooks(.createContainer, hooks.createContainer)
  }

  private mutating func addRuntimeHooks(_ kind: HookKind, _ hooks: [Hook]) {
    for (index, hook) in hooks.enumerated() {
      steps.append(.runtimeHook(RuntimeHook(kind: kind, index: index, hook: hook)))
    }
  }

  private mutating func addContainerHooks(_ kind: HookKind, _ hooks: [Hook]) {
    guard !hooks.isEmpty else { return }
    let state = HookState.forInit(
      id: launch.id, bundle: launch.bundle, kind: kind, annotations: spec.annotations)
    for (index, hook) in hooks.enumerated() {
      steps.append(.containerHook(ContainerHook(kind: kind, index: index, hook: hook, state: state)))
    }
  }

  private mutating func addPivot() throws(SpecError) {
    let isShared = rootPropagation?.kind == .shared
    if isShared && launch.pivot == .moveAndChroot {
      throw SpecError(
        "linux.rootfsPropagation",
        "cannot be shared without pivot_root: the container's root would be mounted over the host's as well")
    }
    steps.append(.pivotRoot(launch.pivot == .pivot && isShared ? .pivotFromShared : launch.pivot))
    // Read-only only now: targets had to be made in it.
    if spec.root?.readonly == true { steps.append(.remountReadOnly("/")) }
    if !linux.maskedPaths.isEmpty { steps.append(.openNull) }
    for path in readOnlyCgroupMounts { steps.append(.makeReadOnly(path)) }
    for path in linux.readonlyPaths { steps.append(.makeReadOnly(path)) }
    for path in linux.maskedPaths { steps.append(.mask(path)) }
    // Last, since what is unbindable could not be made read-only any more.
    if let (kind, recursive) = rootPropagation {
      steps.append(.setPropagation(path: "/", kind, recursive: recursive))
    }
  }

  /// On a hybrid machine the hierarchies stand on a tmpfs, which had to be written to for their folders' sake.
  private var readOnlyCgroupMounts: [String] {
    guard let layout = launch.layout, layout.mode != .unified else { return [] }
    return newMounts.filter { mount in
      (mount.type == "cgroup" || mount.type == "cgroup2")
        && mount.options.last { $0 == "ro" || $0 == "rw" } == "ro"
    }.map(\.destination)
  }

  private mutating func addSystemSettings() {
    if let name = spec.hostname { steps.append(.setHostname(name)) }
    if let name = spec.domainname { steps.append(.setDomainname(name)) }
    for (name, value) in linux.sysctl.sorted(by: { $0.key < $1.key }) {
      steps.append(.setSysctl(name: name, value: value))
    }
  }

  private mutating func addIdentity(_ entry: inout ProcessLowering) throws(SpecError) {
    if let personality = linux.personality {
      if let flag = personality.flags.first {
        throw SpecError("linux.personality.flags[0]", "unknown flag \(flag): no flag is defined yet")
      }
      steps.append(.setPersonality(personality.domain == .linux32 ? 0x0008 : 0))
    }
    if let policy = linux.memoryPolicy { steps.append(try MemoryPolicyLowering.lower(policy)) }
    for label in launch.labels { steps.append(.setLabel(attribute: label.path, value: label.value)) }
    steps += try entry.steps()
  }

  private mutating func addStart(_ entry: ProcessLowering) {
    // The change of the user took an earlier wish back. The handshake that follows proves that the runtime
    // was still there when this one was made.
    if launch.diesWithRuntime { steps.append(.dieWithRuntime) }
    let record = CreatedRecord(
      folder: launch.folder, pidFile: launch.pidFile, pidfdSocket: launch.pidfdSocket,
      memoryEvents: launch.memoryEvents)
    steps += [.sync(.created), .recordCreated(record)]
    if launch.mode == .create { steps.append(.waitForStart) }
    addContainerHooks(.startContainer, spec.hooks?.startContainer ?? [])
    steps.append(entry.execution)
    // Of a container that is created they are another command's.
    if launch.mode == .run { addRuntimeHooks(.poststart, spec.hooks?.poststart ?? []) }
  }
}

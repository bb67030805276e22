import CShim
import Glibc
import OCISpec

/// What both `create` and a dry run do first: read, check, and lower to a plan. Changes nothing on the machine.
public struct Preparation {
  public let id: String
  /// Absolute.
  public let bundle: String
  /// Absolute.
  public let rootfs: String
  public let spec: Spec
  /// The configuration's text, kept with the container.
  let source: [UInt8]
  public let plan: LaunchPlan
  let cgroup: CgroupPlan
  let layout: CgroupLayout
  let resctrl: ResctrlPlan?

  public init(
    id: String, store: ContainerStore, mode: ContainerLaunch.Mode, options: CreateOptions
  ) throws {
    _ = try ContainerID(id)
    self.id = id
    bundle = Files.absolute(options.bundle)
    var spec: Spec
    if let given = options.spec {
      spec = given
      source = spec.json(.compact)
    } else {
      (spec, source) = try Self.read(bundle)
    }
    if options.listenDescriptors > 0 {
      spec.process?.env += ["LISTEN_FDS=\(options.listenDescriptors)", "LISTEN_PID=1"]
    }
    self.spec = spec
    try spec.validate()
    guard let root = spec.root else {
      throw SpecError("root", "missing: a container needs a root file system")
    }
    rootfs = root.path.hasPrefix("/") ? Files.clean(root.path) : Files.clean(bundle + "/" + root.path)
    try Self.checkFolder(rootfs)
    try Self.check(spec, options)

    let unit = options.usesSystemd ? try Self.unit(spec, id) : nil
    let path =
      try unit.map { unit throws in try CgroupPath(recorded: unit.path) }
      ?? CgroupPath(cgroupsPath: spec.linux?.cgroupsPath, id: id)
    layout =
      options.accounts
      ? try CgroupLayout.detect()
      : try CgroupLayout.detect(for: path, resources: spec.linux?.resources)
    var cgroup = try CgroupPlan.lower(
      resources: spec.linux?.resources, path: path, layout: layout,
      inherited: layout.inheritedHierarchies(for: path) + (options.accounts ? layout.countingHierarchies : [])
    )
    // Never without: whoever may make nodes could otherwise make the host's disks.
    if cgroup.devices == nil { cgroup.devices = .standard }
    let unitPlan = try unit.map { unit throws in
      UnitPlan(
        unit, id: id, cgroup: &cgroup, annotated: try UnitProperty.annotated(spec.annotations),
        hasBFQ: UnitProperty.hasBFQ)
    }
    self.cgroup = cgroup

    var launch = ContainerLaunch(id: id, bundle: bundle, rootfs: rootfs, spec: spec, mode: mode)
    if spec.linux?.rootfsPropagation?.hasSuffix("shared") == true {
      launch.rootfsMountPoint = Self.mountPoint(of: rootfs)
    }
    launch.cgroup = cgroup
    launch.unit = unitPlan
    launch.layout = layout
    if let field = spec.linux?.intelRdt {
      launch.resctrl = try ResctrlPlan.lower(
        field, id: id, mountPoint: Resctrl.mountPoint(), exists: Files.exists)
    }
    resctrl = launch.resctrl
    if let section = spec.linux?.seccomp {
      launch.seccomp =
        options.changesNothing
        ? try SeccompFilter(compiling: section.decoded())
        : try SeccompCache(folder: store.seccompCache).filter(for: section)
    }
    if let process = spec.process { launch.labels = try Self.labels(of: process) }
    if let label = spec.linux?.mountLabel, !label.isEmpty {
      launch.mountContext = try LSM.detect().mountContext(label)
    }
    launch.folder = store.folder(of: id)
    launch.newSources = options.newSources
    launch.newFiles = options.newFiles
    launch.consoleSocket = options.consoleSocket
    launch.pidFile = options.pidFile
    launch.pidfdSocket = options.pidfdSocket
    if options.watchesMemory {
      launch.memoryEvents = MemoryWatch.eventControl(Cgroup(layout: layout, path: cgroup.unified.path))
    }
    launch.overlay = options.overlay
    launch.pivot = options.pivot
    launch.newKeyring = options.newKeyring
    launch.outside = options.outside.steps
    launch.preservedDescriptors = options.preservedDescriptors + options.listenDescriptors
    launch.supervised = options.supervised
    launch.diesWithRuntime = options.diesWithRuntime
    if let process = spec.process {
      launch.home = try HomeFolder.find(for: process, in: try options.files?() ?? rootfs)
    }
    plan = try ContainerLowering.lower(launch)
  }

  /// The unit of systemd that is to be the container's cgroup.
  private static func unit(_ spec: Spec, _ id: String) throws -> SystemdUnit {
    try SystemdProgram.check(CgroupLayout.detect())
    return try SystemdUnit(
      cgroupsPath: spec.linux?.cgroupsPath, id: id, manager: SystemdProgram.manager())
  }

  /// The nearest folder above that is a mount's root.
  private static func mountPoint(of path: String) -> String {
    var path = path
    while path != "/" && !shim_is_mount_root(path) {
      path = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "/"
    }
    return path
  }

  /// What has to be written for a process's labels. The machine is looked at only where there are any.
  static func labels(of process: OCISpec.Process) throws(SpecError) -> [LSM.Attribute] {
    if (process.apparmorProfile ?? "").isEmpty && (process.selinuxLabel ?? "").isEmpty { return [] }
    return try LSM.detect().execAttributes(
      appArmorProfile: process.apparmorProfile, selinuxLabel: process.selinuxLabel)
  }

  private static func read(_ bundle: String) throws -> (Spec, [UInt8]) {
    let file = bundle + "/config.json"
    do {
      let bytes = try Files.read(file)
      return (try SpecDecoder.decode(bytes), bytes)
    } catch let failure as Failure where failure.errno == ENOENT {
      throw Failure(
        "read bundle's configuration", file, errno: ENOENT, hint: "swiftainer-oci spec writes one")
    }
  }

  private static func checkFolder(_ rootfs: String) throws {
    var status = stat()
    if stat(rootfs, &status) != 0 { throw Failure("root.path: open root file system", rootfs, errno: errno) }
    if status.st_mode & S_IFMT != S_IFDIR {
      throw Failure("root.path: open root file system", rootfs, errno: ENOTDIR)
    }
    if rootfs == "/" { throw SpecError("root.path", "must not be / itself") }
  }

  /// What only the options and the machine can tell.
  private static func check(_ spec: Spec, _ options: CreateOptions) throws {
    let terminal = spec.process?.terminal ?? false
    if terminal && options.consoleSocket == nil && options.receiveConsole == nil {
      throw Failure(
        "open a terminal", "process.terminal", reason: "--console-socket is needed to hand it over")
    }
    if !terminal && options.consoleSocket != nil {
      throw Failure(
        "--console-socket", reason: "process.terminal is false: there is no terminal to hand over")
    }
    guard let linux = spec.linux else { return }
    if linux.memoryPolicy != nil, !Files.exists("/sys/devices/system/node/online") {
      throw SpecError("linux.memoryPolicy", "this kernel has no memory policies (NUMA)")
    }
    // Where one of the older kinds is missing, clone3 says so; to look for each costs every launch.
    for namespace in linux.namespaces
    where namespace.path == nil && [.cgroup, .time, .user].contains(namespace.type) {
      let kind = NamespaceSet(namespace.type)
      if !Files.exists("/proc/self/ns/" + kind.procName) {
        throw SpecError("linux.namespaces", "this kernel has no \(namespace.type.rawValue) namespaces")
      }
    }
  }
}

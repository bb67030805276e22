import Glibc
import OCISpec
import Testing

@testable import Runtime

/// A cgroup on this machine, in a folder of this test process, and children to put into it.
private final class Scratch {
  let layout: CgroupLayout
  let path: CgroupPath
  let cgroup: Cgroup
  private(set) var children: [Child] = []

  /// Each test has a parent of its own, named after the first component, because suites run side by side.
  init(_ name: String) throws {
    let parent = "swiftainer-cgtest-\(getpid())-\(name.prefix { $0 != "/" })"
    layout = try CgroupLayout.detect()
    path = try CgroupPath(cgroupsPath: "/\(parent)/\(name)", id: "")
    cgroup = Cgroup(layout: layout, path: path)
  }

  func create(_ resources: LinuxResources? = nil) throws {
    _ = try Cgroup.create(CgroupPlan.lower(resources: resources, path: path, layout: layout), layout: layout)
  }

  func update(_ resources: LinuxResources) throws {
    try cgroup.update(
      CgroupPlan.lowerUpdate(resources: resources, path: path, layout: layout, current: cgroup.current()))
  }

  /// Starts a shell script in the cgroup: it waits for a line before its first command.
  @discardableResult
  func start(_ script: String) throws -> Child {
    let child = try Child("read line; " + script)
    children.append(child)
    try CgroupFolder(mountPoint: layout.unified, path: path).join(child.pid)
    for folder in cgroup.legacyFolders where access(folder.leaf, F_OK) == 0 { try folder.join(child.pid) }
    child.proceed()
    return child
  }

  func file(_ controller: CgroupController, _ name: String) throws -> String {
    let folder = layout.legacyHierarchy(of: controller).map { $0.mountPoint + path.text } ?? cgroup.folder
    return String(try CgroupFile.read(folder + "/" + name).prefix { $0 != "\n" })
  }

  /// Whatever a test left; then the parents, which the library leaves to their owner.
  deinit {
    try? cgroup.kill()
    for child in children { child.wait() }
    try? cgroup.remove(deadline: 5000)
    for mountPoint in [layout.unified] + layout.legacy.map(\.mountPoint) {
      for parent in path.ancestors.reversed() { rmdir(mountPoint + parent) }
    }
  }
}

/// A shell whose input and output are one socket, made close-on-exec at once, because tests run side by side.
private final class Child {
  let pid: pid_t
  private let socket: OwnedFD
  private(set) var status: CInt?

  init(_ script: String) throws {
    var ends: [CInt] = [0, 0]
    let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure("socketpair", errno: errno) }
    socket = OwnedFD(ends[0])
    let theirs = OwnedFD(ends[1])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for number: CInt in 0...2 { posix_spawn_file_actions_adddup2(&actions, theirs.raw, number) }
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(script), nil]
    defer { for argument in arguments { free(argument) } }
    // The threads of a test block signals, and a child inherits that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pid: pid_t = 0
    let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, &arguments, environ)
    if code != 0 { throw Failure("spawn", "/bin/sh", errno: code) }
    self.pid = pid
  }

  func proceed() { _ = Glibc.write(socket.raw, "\n", 1) }

  /// The next bytes it writes; empty at the end.
  func read() -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(socket.raw, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// All it writes until it ends.
  func readAll() -> String {
    var text = ""
    while true {
      let part = read()
      if part.isEmpty { return text }
      text += part
    }
  }

  /// The exit code, or 128 and the signal's number.
  @discardableResult
  func wait() -> CInt {
    if let status { return status }
    var raw: CInt = 0
    while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
    let status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + (raw & 0x7f)
    self.status = status
    return status
  }
}

private let isRoot = geteuid() == 0

@Suite(.enabled(if: isRoot), .serialized) struct CgroupsMachineTests {
  @Test func detectionFindsCgroup2() throws {
    let layout = try CgroupLayout.detect()
    #expect(access(layout.unified + "/cgroup.controllers", R_OK) == 0)
    for hierarchy in layout.legacy {
      #expect(access(hierarchy.mountPoint + "/tasks", W_OK) == 0)
      #expect(!hierarchy.controllers.isEmpty)
    }
  }

  @Test func aQuickLookFindsTheSameCgroup2AndTheRestLater() throws {
    let quick = try CgroupLayout.detect(legacy: false)
    let whole = try CgroupLayout.detect()
    #expect(quick.unified == whole.unified)
    #expect(quick.unifiedControllers == whole.unifiedControllers)
    #expect(quick.mode == whole.mode)
    let scratch = try Scratch("quick")
    try scratch.create(LinuxResources(pids: LinuxPids(limit: 10)))
    let cgroup = Cgroup(layout: quick, path: scratch.path)
    #expect(try cgroup.stats().pids?.limit == 10)
    #expect(try cgroup.current().joined == scratch.cgroup.current().joined)
    try cgroup.remove()
    for folder in scratch.cgroup.legacyFolders { #expect(access(folder.leaf, F_OK) != 0) }
  }

  @Test func withoutLimitsOnlyTheCgroup2FolderIsMade() throws {
    let scratch = try Scratch("bare")
    try scratch.create()
    let descriptor = try scratch.cgroup.open()
    #expect(descriptor.raw >= 0)
    for folder in scratch.cgroup.legacyFolders { #expect(access(folder.leaf, F_OK) != 0) }
    try scratch.cgroup.remove()
    #expect(access(scratch.cgroup.folder, F_OK) != 0)
    try scratch.cgroup.remove()
  }

  @Test func limitsAreInForce() throws {
    let scratch = try Scratch("limits")
    try scratch.create(
      LinuxResources(
        memory: LinuxMemory(limit: 64 << 20, reservation: 32 << 20, swap: 96 << 20),
        cpu: LinuxCPU(shares: 512, quota: 50_000, burst: 1000, period: 100_000, cpus: "0", mems: "0"),
        pids: LinuxPids(limit: 20), hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 4 << 20)]))
    let isLegacy = { scratch.layout.legacyHierarchy(of: $0) != nil }
    #expect(
      try scratch.file(.memory, isLegacy(.memory) ? "memory.limit_in_bytes" : "memory.max") == "67108864")
    #expect(
      try scratch.file(.memory, isLegacy(.memory) ? "memory.memsw.limit_in_bytes" : "memory.swap.max")
        == (isLegacy(.memory) ? "100663296" : "33554432"))
    #expect(
      try scratch.file(.cpu, isLegacy(.cpu) ? "cpu.shares" : "cpu.weight") == (isLegacy(.cpu) ? "512" : "59"))
    #expect(
      try scratch.file(.cpu, isLegacy(.cpu) ? "cpu.cfs_quota_us" : "cpu.max")
        == (isLegacy(.cpu) ? "50000" : "50000 100000"))
    #expect(try scratch.file(.cpuset, "cpuset.cpus") == "0")
    #expect(try scratch.file(.pids, "pids.max") == "20")
    #expect(try scratch.file(.hugetlb, "hugetlb.2MB.max") == "4194304")
    #expect(try scratch.file(.hugetlb, "hugetlb.2MB.rsvd.max") == "4194304")

    // The inner shell ends when it cannot fork any more.
    let child = try scratch.start(
      "grep Cpus_allowed_list /proc/self/status; (for i in $(seq 40); do sleep 60 <&- >&- 2>&- & done) 2>&1 | "
        + "grep -o fork; echo end; read line")
    var text = ""
    while !text.hasSuffix("end\n") { text += child.read() }
    #expect(text == "Cpus_allowed_list:\t0\nfork\nend\n")
    let membership = try CgroupMembership(of: child.pid)
    #expect(
      Set(try membership.legacyFolders(of: scratch.path, in: scratch.layout).map(\.leaf))
        == Set(scratch.cgroup.legacyFolders.map(\.leaf).filter { access($0, F_OK) == 0 }))

    // A quick look comes to the same.
    let quick = try CgroupLayout.detect(legacy: false)
    #expect(
      try membership.legacyFolders(of: scratch.path, in: quick)
        == membership.legacyFolders(of: scratch.path, in: scratch.layout))

    let stats = try scratch.cgroup.stats()
    #expect(stats.pids?.limit == 20)
    #expect(stats.memory?.limit == 64 << 20)
    #expect(stats.memory?.swapLimit == 32 << 20)
    #expect(stats.hugePages?["2MB"]?.limit == 4 << 20)
    #expect((stats.cpu?.usage ?? 0) > 0)
  }

  @Test func blockIOLimitsAreInForce() throws {
    // The first real disk, as `MAJOR:MINOR`; not every machine has one.
    let disks = try Cgroup.files(of: "/sys/block", prefix: "", suffix: "", type: DT_LNK)
    guard let disk = disks.first(where: { name in ["vd", "sd", "nvme"].contains { name.hasPrefix($0) } })
    else {
      return
    }
    let number = try CgroupFile.read("/sys/block/\(disk)/dev").prefix { $0 != "\n" }
    let parts = number.split(separator: ":").compactMap { Int64($0) }
    let device = LinuxThrottleDevice(major: parts[0], minor: parts[1], rate: 1_048_576)
    let scratch = try Scratch("blockio")
    try scratch.create(
      LinuxResources(
        blockIO: LinuxBlockIO(weight: 500, throttleReadBpsDevice: [device], throttleWriteIOPSDevice: [device])
      ))
    if scratch.layout.legacyHierarchy(of: .io) != nil {
      #expect(try scratch.file(.io, "blkio.throttle.read_bps_device") == "\(number) 1048576")
      #expect(try scratch.file(.io, "blkio.throttle.write_iops_device") == "\(number) 1048576")
      #expect(try scratch.file(.io, "blkio.bfq.weight") == "500")
    } else {
      #expect(try scratch.file(.io, "io.max") == "\(number) rbps=1048576 wbps=max riops=max wiops=1048576")
      let weights = try ["io.bfq.weight", "io.weight"].compactMap {
        try CgroupFile.readIfThere(scratch.cgroup.folder + "/" + $0)?.split(separator: "\n").first
      }
      #expect(weights.first == "default 500" || weights.first == "default 4950")
    }
    // 0 takes a limit away on both.
    try scratch.update(
      LinuxResources(
        blockIO: LinuxBlockIO(
          throttleReadBpsDevice: [LinuxThrottleDevice(major: parts[0], minor: parts[1], rate: 0)],
          throttleWriteIOPSDevice: [LinuxThrottleDevice(major: parts[0], minor: parts[1], rate: 0)])))
    let file = scratch.layout.legacyHierarchy(of: .io) == nil ? "io.max" : "blkio.throttle.read_bps_device"
    #expect(try scratch.file(.io, file) == "")
    let none = LinuxThrottleDevice(major: 4095, minor: 1, rate: 1)
    let error = #expect(throws: Failure.self) {
      try scratch.update(LinuxResources(blockIO: LinuxBlockIO(throttleReadBpsDevice: [none])))
    }
    #expect(
      error?.operation.hasPrefix("linux.resources.blockIO.throttleReadBpsDevice[0]: write 4095:1 ") == true)
    #expect(error?.errno == ENODEV)
  }

  @Test func filesByNameAreWritten() throws {
    let scratch = try Scratch("named")
    try scratch.create(LinuxResources(unified: ["cgroup.max.depth": "3", "hugetlb.2MB.max": "2097152"]))
    #expect(try CgroupFile.read(scratch.cgroup.folder + "/cgroup.max.depth") == "3\n")
    #expect(try scratch.file(.hugetlb, "hugetlb.2MB.max") == "2097152")
    let error = #expect(throws: Failure.self) {
      try scratch.create(LinuxResources(unified: ["hugetlb.3MB.max": "0"]))
    }
    #expect(
      error?.description
        == "linux.resources.unified[\"hugetlb.3MB.max\"]: write 0 to \(scratch.cgroup.folder)"
        + "/hugetlb.3MB.max: no such file or directory (this kernel does not have the file)")
  }

  @Test func outOfMemoryIsCounted() throws {
    let scratch = try Scratch("oom")
    try scratch.create(LinuxResources(memory: LinuxMemory(limit: 16 << 20, swap: 16 << 20)))
    #expect(try scratch.cgroup.oomKills() == 0)
    let child = try scratch.start("head -c 100000000 /dev/zero | tail -c 100000000 >/dev/null")
    #expect(child.wait() == 128 + SIGKILL)
    #expect(try scratch.cgroup.oomKills() == 1)
    #expect(try scratch.cgroup.stats().memory?.oomKills == 1)
  }

  @Test func aRefusedValueNamesFieldFileAndValueAndLeavesNothing() throws {
    let scratch = try Scratch("refused")
    let error = #expect(throws: Failure.self) {
      try scratch.create(
        LinuxResources(cpu: LinuxCPU(quota: 5), pids: LinuxPids(limit: 20)))
    }
    let isLegacy = scratch.layout.legacyHierarchy(of: .cpu) != nil
    let folder = scratch.layout.legacyHierarchy(of: .cpu)?.mountPoint ?? scratch.layout.unified
    #expect(
      error?.description == "linux.resources.cpu.quota: write 5 to \(folder)\(scratch.path)/"
        + (isLegacy ? "cpu.cfs_quota_us" : "cpu.max") + ": invalid argument")
    #expect(access(scratch.cgroup.folder, F_OK) != 0)
    for folder in scratch.cgroup.legacyFolders { #expect(access(folder.leaf, F_OK) != 0) }
  }

  @Test func anExistingCgroupIsTakenOverButNotRemovedOnFailure() throws {
    let scratch = try Scratch("taken")
    try scratch.create()
    #expect(throws: Failure.self) { try scratch.create(LinuxResources(cpu: LinuxCPU(quota: 5))) }
    #expect(access(scratch.cgroup.folder, F_OK) == 0)
    try scratch.create(LinuxResources(pids: LinuxPids(limit: 9)))
    #expect(try scratch.file(.pids, "pids.max") == "9")
  }

  @Test func aCgroupInUseIsRefused() throws {
    let scratch = try Scratch("used")
    try scratch.create()
    try scratch.create()  // an empty one is fine
    let child = try scratch.start("exec sleep 60")
    #expect(
      throws: Failure("use cgroup", scratch.cgroup.folder, reason: "it is in use: there are processes in it")
    ) {
      try scratch.create()
    }
    #expect(try scratch.cgroup.pids() == [child.pid])
    #expect(throws: Failure("remove cgroup", scratch.cgroup.folder, errno: EBUSY)) {
      try scratch.cgroup.remove(deadline: 0)
    }
  }

  @Test func freezeAndThaw() throws {
    let scratch = try Scratch("frozen")
    try scratch.create()
    let child = try scratch.start("while read line; do echo $line; done")
    try scratch.cgroup.freeze()
    #expect(try scratch.cgroup.isFrozen())
    #expect(throws: Failure.self) { try scratch.create() }
    try scratch.cgroup.thaw()
    #expect(try !scratch.cgroup.isFrozen())
    child.proceed()
    #expect(child.read() == "\n")
  }

  @Test func aFrozenContainerCanBeKilled() throws {
    let scratch = try Scratch("killed")
    try scratch.create()
    let child = try scratch.start("sleep 60 & sleep 60 & echo up; wait")
    #expect(child.read() == "up\n")
    #expect(try scratch.cgroup.pids().count == 3)
    #expect(try scratch.cgroup.isPopulated())
    try scratch.cgroup.freeze()
    try scratch.cgroup.kill()
    try scratch.cgroup.waitUntilEmpty()
    #expect(child.wait() == 128 + SIGKILL)
    #expect(try !scratch.cgroup.isPopulated())
    try scratch.cgroup.remove()
    try scratch.cgroup.kill()  // a cgroup that is gone has nobody to kill
  }

  @Test func aSignalReachesEverybodyAndAPausedContainerStaysPaused() throws {
    let scratch = try Scratch("signalled")
    try scratch.create()
    // Between its fork and its exec the sleep would still have the shell's trap.
    let child = try scratch.start(
      "trap 'echo got; exit 3' USR1; sleep 60 & until grep -q sleep /proc/$!/comm; do :; done; echo up; wait")
    #expect(child.read() == "up\n")
    try scratch.cgroup.freeze()
    try scratch.cgroup.signal(SIGUSR1)
    #expect(try scratch.cgroup.isFrozen())
    try scratch.cgroup.thaw()
    // The end of the output is the end of the sleep too, which inherited it.
    #expect(child.readAll().contains("got\n"))
    #expect(child.wait() == 3)
  }

  @Test func withoutCgroupKillASignalDoes() throws {
    let scratch = try Scratch("signalkilled")
    try scratch.create()
    let child = try scratch.start("sleep 60 & sleep 60 & echo up; wait")
    #expect(child.read() == "up\n")
    try scratch.cgroup.signal(SIGKILL)
    try scratch.cgroup.waitUntilEmpty()
    #expect(try !scratch.cgroup.isFrozen())
    #expect(child.wait() == 128 + SIGKILL)
  }

  @Test func removalTakesWhatThePayloadMadeAndWaitsForTheDying() throws {
    let scratch = try Scratch("nested")
    try scratch.create(LinuxResources(pids: LinuxPids(limit: 50)))
    let inner = scratch.cgroup.folder + "/a/b"
    #expect(mkdir(scratch.cgroup.folder + "/a", 0o755) == 0)
    #expect(mkdir(inner, 0o755) == 0)
    if let pids = scratch.layout.legacyHierarchy(of: .pids) {
      #expect(mkdir(pids.mountPoint + scratch.path.text + "/own", 0o755) == 0)
    }
    let child = try scratch.start("echo $$ > \(inner)/cgroup.procs; echo up; exec sleep 60")
    #expect(child.read() == "up\n")
    #expect(try scratch.cgroup.pids() == [child.pid])
    #expect(
      try CgroupMembership(of: child.pid).unifiedFolder(in: scratch.layout) == inner)
    try scratch.cgroup.kill()
    try scratch.cgroup.remove()
    #expect(access(scratch.cgroup.folder, F_OK) != 0)
    for folder in scratch.cgroup.legacyFolders { #expect(access(folder.leaf, F_OK) != 0) }
    #expect(access(scratch.layout.unified + scratch.path.ancestors[0], F_OK) == 0)
  }

  @Test func anUpdateJoinsHierarchiesLazily() throws {
    let scratch = try Scratch("lazy")
    try scratch.create()
    let child = try scratch.start("sleep 60 & echo up; wait")
    #expect(child.read() == "up\n")
    try scratch.update(LinuxResources(pids: LinuxPids(limit: 30)))
    #expect(try scratch.file(.pids, "pids.max") == "30")
    #expect(try scratch.cgroup.stats().pids?.current == 2)
    try scratch.update(LinuxResources(pids: LinuxPids(limit: 40)))
    #expect(try scratch.file(.pids, "pids.max") == "40")
  }

  @Test func updatesWorkInBothDirections() throws {
    let scratch = try Scratch("resized")
    try scratch.create(
      LinuxResources(
        memory: LinuxMemory(limit: 64 << 20, swap: 64 << 20), cpu: LinuxCPU(quota: 50_000, burst: 5000)))
    for megabytes: Int64 in [128, 32] {
      try scratch.update(
        LinuxResources(
          memory: LinuxMemory(limit: megabytes << 20, swap: megabytes << 20),
          cpu: LinuxCPU(
            quota: megabytes * 1000, burst: UInt64(megabytes) * 1000, period: UInt64(megabytes) * 2000)))
      let current = try scratch.cgroup.current()
      #expect(current.memoryLimit == megabytes << 20)
      #expect(current.cpuQuota == megabytes * 1000)
      #expect(current.cpuPeriod == UInt64(megabytes) * 2000)
      #expect(current.cpuBurst == UInt64(megabytes) * 1000)
    }
    try scratch.update(LinuxResources(memory: LinuxMemory(limit: -1), cpu: LinuxCPU(quota: -1)))
    #expect(try scratch.cgroup.current().memoryLimit == -1)
    #expect(try scratch.cgroup.current().cpuQuota == -1)
  }

  @Test func checkBeforeUpdateRefusesWhatIsInUse() throws {
    let scratch = try Scratch("checked")
    try scratch.create(LinuxResources(memory: LinuxMemory(limit: 64 << 20)))
    let child = try scratch.start("head -c 20000000 /dev/zero | tail -c 20000000 | (echo up; exec sleep 60)")
    #expect(child.read() == "up\n")
    let error = #expect(throws: Failure.self) {
      try scratch.update(LinuxResources(memory: LinuxMemory(limit: 4096, checkBeforeUpdate: true)))
    }
    #expect(
      error?.description.hasPrefix("linux.resources.memory.limit: 4096 bytes are less than what is in use")
        == true)
    #expect(try scratch.cgroup.current().memoryLimit == 64 << 20)
  }

  @Test func aParentOfAnEngineIsInherited() throws {
    let scratch = try Scratch("pod/container")
    guard let memory = scratch.layout.legacyHierarchy(of: .memory) else { return }
    #expect(scratch.layout.inheritedHierarchies(for: scratch.path).isEmpty)
    let parents = CgroupFolder(mountPoint: memory.mountPoint, path: scratch.path).parents
    for parent in parents { #expect(mkdir(parent, 0o755) == 0) }
    #expect(scratch.layout.inheritedHierarchies(for: scratch.path) == [memory])
  }

  @Test func anInitJoinsCgroup1ByItself() throws {
    let scratch = try Scratch("self")
    try scratch.create(LinuxResources(pids: LinuxPids(limit: 30)))
    guard let pids = scratch.layout.legacyHierarchy(of: .pids) else { return }
    let folder = CgroupFolder(mountPoint: pids.mountPoint, path: scratch.path)
    _ = try folder.openTasks()
    let child = try Child("echo 0 > \(folder.tasksFile); grep pids /proc/self/cgroup")
    #expect(child.readAll().hasSuffix("pids:\(scratch.path)\n"))
    child.wait()
  }

  @Test func delegationGivesAwayTheRightFilesOnly() throws {
    let scratch = try Scratch("delegated")
    try scratch.create()
    try scratch.cgroup.delegate(uid: 12345)
    func owner(_ name: String) -> uid_t {
      var status = stat()
      return lstat(scratch.cgroup.folder + name, &status) == 0 ? status.st_uid : uid_t.max
    }
    #expect(owner("") == 12345)
    #expect(owner("/cgroup.procs") == 12345)
    #expect(owner("/cgroup.subtree_control") == 12345)
    #expect(owner("/cgroup.freeze") == 0)
    #expect(owner("/hugetlb.2MB.max") == 0 || owner("/hugetlb.2MB.max") == uid_t.max)
  }

  @Test func aParentWithProcessesCannotHandOutControllers() throws {
    let scratch = try Scratch("busy/child")
    let parent = try Scratch("busy")
    guard scratch.layout.unifiedControllers.contains(.hugetlb) else { return }
    try parent.create()
    try parent.start("exec sleep 60")
    let error = #expect(throws: Failure.self) {
      try scratch.create(LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 0)]))
    }
    #expect(
      error?.description == "linux.resources.hugepageLimits[0]: enable the hugetlb controller in "
        + "\(parent.cgroup.folder): it has processes of its own, and such a cgroup cannot hand out controllers to its "
        + "children: device or resource busy")
  }
}

/// What the kernel makes of the filter: real opens and mknods in a real cgroup.
@Suite(.enabled(if: isRoot), .serialized) struct CgroupsDeviceMachineTests {
  /// Reads null and kmsg, writes kmsg with nothing, makes and reads a node of the loop control device.
  private let probe = """
    try() { if eval "$2" 2>/dev/null; then echo "$1 yes"; else echo "$1 no"; fi; }
    try null 'head -c1 /dev/null >/dev/null && : > /dev/null'
    try zero 'head -c1 /dev/zero >/dev/null'
    try kmsg-read '(exec 3</dev/kmsg)'
    try kmsg-write '(exec 3>>/dev/kmsg)'
    rm -f $NODE; try mknod "mknod $NODE c 10 237"; rm -f $NODE
    """

  private func decisions(_ scratch: Scratch) throws -> [String] {
    let child = try scratch.start("NODE=/tmp/swiftainer-cgtest-node-\(getpid()); " + probe)
    defer { child.wait() }
    return child.readAll().split(separator: "\n").map(String.init)
  }

  private let deny = LinuxDeviceCgroup(allow: false, access: "rwm")

  @Test func theKernelDecidesAsTheRulesSay() throws {
    let scratch = try Scratch("devices")
    try scratch.create(LinuxResources(devices: [deny]))
    #expect(try decisions(scratch) == ["null yes", "zero yes", "kmsg-read no", "kmsg-write no", "mknod yes"])

    let kmsg = LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 11, access: "r")
    try scratch.update(LinuxResources(devices: [deny, kmsg]))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write no", "mknod yes"])

    // An update without devices leaves the filter as it is.
    try scratch.update(LinuxResources(pids: LinuxPids(limit: 100)))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write no", "mknod yes"])

    try scratch.update(LinuxResources(devices: [LinuxDeviceCgroup(allow: true, access: "rwm")]))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write yes", "mknod yes"])

    // Tightened again: had the open filter stayed beside it, both would have to agree, which this cannot tell;
    // had the first one stayed, the former step would have failed.
    try scratch.update(LinuxResources(devices: [deny]))
    #expect(try decisions(scratch) == ["null yes", "zero yes", "kmsg-read no", "kmsg-write no", "mknod yes"])
  }

  @Test func aDenyRuleOnAnOpenFilter() throws {
    let scratch = try Scratch("denied")
    let everything = LinuxDeviceCgroup(allow: true, type: "a", access: "rwm")
    let rule = LinuxDeviceCgroup(allow: false, type: "c", major: 1, minor: 11, access: "w")
    try scratch.create(LinuxResources(devices: [everything, rule]))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write no", "mknod yes"])
  }
}

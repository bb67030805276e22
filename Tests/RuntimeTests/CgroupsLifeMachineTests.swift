import Glibc
import OCISpec
import Testing

@testable import Runtime

/// Making, freezing, killing and removing on this machine.
@Suite(.enabled(if: mayTouchCgroups), .serialized) struct CgroupsLifeMachineTests {
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
    let scratch = try ScratchCgroup("quick")
    try scratch.create(LinuxResources(pids: LinuxPids(limit: 10)))
    let cgroup = Cgroup(layout: quick, path: scratch.path)
    #expect(try cgroup.stats().pids?.limit == 10)
    #expect(try cgroup.current().joined == scratch.cgroup.current().joined)
    try cgroup.remove()
    for folder in scratch.cgroup.legacyFolders { #expect(access(folder.leaf, F_OK) != 0) }
  }

  @Test func withoutLimitsOnlyTheCgroup2FolderIsMade() throws {
    let scratch = try ScratchCgroup("bare")
    try scratch.create()
    let descriptor = try scratch.cgroup.open()
    #expect(descriptor.raw >= 0)
    for folder in scratch.cgroup.legacyFolders { #expect(access(folder.leaf, F_OK) != 0) }
    try scratch.cgroup.remove()
    #expect(access(scratch.cgroup.folder, F_OK) != 0)
    try scratch.cgroup.remove()
  }

  @Test func anExistingCgroupIsTakenOverButNotRemovedOnFailure() throws {
    let scratch = try ScratchCgroup("taken")
    try scratch.create()
    #expect(throws: Failure.self) { try scratch.create(LinuxResources(cpu: LinuxCPU(quota: 5))) }
    #expect(access(scratch.cgroup.folder, F_OK) == 0)
    try scratch.create(LinuxResources(pids: LinuxPids(limit: 9)))
    #expect(try scratch.file(.pids, "pids.max") == "9")
  }

  @Test func aCgroupInUseIsRefused() throws {
    let scratch = try ScratchCgroup("used")
    try scratch.create()
    try scratch.create()  // an empty one is fine
    let child = try scratch.start("exec sleep 60")
    var refusal = Failure(
      "use cgroup", scratch.cgroup.folder, reason: "it is in use: there are processes in it")
    // By which `create` knows that it must not clean up here.
    refusal.kind = .cgroupInUse
    #expect(throws: refusal) { try scratch.create() }
    #expect(try scratch.cgroup.pids() == [child.pid])
    #expect(throws: Failure("remove cgroup", scratch.cgroup.folder, errno: EBUSY)) {
      try scratch.cgroup.remove(deadline: 0)
    }
  }

  @Test func freezeAndThaw() throws {
    let scratch = try ScratchCgroup("frozen")
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
    let scratch = try ScratchCgroup("killed")
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
    let scratch = try ScratchCgroup("signalled")
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
    let scratch = try ScratchCgroup("signalkilled")
    try scratch.create()
    let child = try scratch.start("sleep 60 & sleep 60 & echo up; wait")
    #expect(child.read() == "up\n")
    try scratch.cgroup.signal(SIGKILL)
    try scratch.cgroup.waitUntilEmpty()
    #expect(try !scratch.cgroup.isFrozen())
    #expect(child.wait() == 128 + SIGKILL)
  }

  @Test func removalTakesWhatThePayloadMadeAndWaitsForTheDying() throws {
    let scratch = try ScratchCgroup("nested")
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

  @Test func aParentOfAnEngineIsInherited() throws {
    let scratch = try ScratchCgroup("pod/container")
    guard let memory = scratch.layout.legacyHierarchy(of: .memory) else { return }
    #expect(scratch.layout.inheritedHierarchies(for: scratch.path).isEmpty)
    let parents = CgroupFolder(mountPoint: memory.mountPoint, path: scratch.path).parents
    for parent in parents { #expect(mkdir(parent, 0o755) == 0) }
    #expect(scratch.layout.inheritedHierarchies(for: scratch.path) == [memory])
  }

  @Test func anInitJoinsCgroup1ByItself() throws {
    let scratch = try ScratchCgroup("self")
    try scratch.create(LinuxResources(pids: LinuxPids(limit: 30)))
    guard let pids = scratch.layout.legacyHierarchy(of: .pids) else { return }
    let folder = CgroupFolder(mountPoint: pids.mountPoint, path: scratch.path)
    _ = try folder.openTasks()
    let child = try ScratchChild("echo 0 > \(folder.tasksFile); grep pids /proc/self/cgroup")
    #expect(child.readAll().hasSuffix("pids:\(scratch.path)\n"))
    child.wait()
  }

  @Test func delegationGivesAwayTheRightFilesOnly() throws {
    let scratch = try ScratchCgroup("delegated")
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
}

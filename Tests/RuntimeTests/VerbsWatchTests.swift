import Glibc
import Testing

@testable import Runtime

/// How lack of memory is counted on cgroup v2, with a folder in place of the cgroup.
@Suite struct VerbsWatchTests {
  private func cgroup(_ scratch: SecurityScratch) throws -> Cgroup {
    let layout = CgroupLayout(mode: .unified, unified: scratch.path, unifiedControllers: [.memory])
    return Cgroup(layout: layout, path: try CgroupPath(cgroupsPath: "/web", id: "web"))
  }

  @Test func killsSinceTheLastLook() throws {
    let scratch = try SecurityScratch()
    try scratch.write("low 0\noom 4\noom_kill 3\noom_group_kill 9\n", to: "web/memory.events")
    var watch = try MemoryWatch(cgroup(scratch))
    #expect(watch.pollEvents == Int16(POLLPRI))
    // What was before the watch began is not told.
    #expect(try watch.take() == 0)
    try scratch.write("low 0\noom 7\noom_kill 5\noom_group_kill 9\n", to: "web/memory.events")
    #expect(try watch.take() == 2)
    #expect(try watch.take() == 0)
  }

  @Test func withoutTheController() throws {
    let scratch = try SecurityScratch()
    var watch = try MemoryWatch(cgroup(scratch))
    #expect(watch.descriptor == -1)
    #expect(try watch.take() == 0)
  }
}

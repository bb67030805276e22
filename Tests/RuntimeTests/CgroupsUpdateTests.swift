import Testing

@testable import Runtime

/// What an update has written is taken back from the text that the file had before.
@Suite struct CgroupsUpdateTests {
  @Test(arguments: [
    ("memory.max", "33554432", "max\n", "max"),
    ("cpu.max", "20000 40000", "max 100000\n", "max 100000"),
    ("cpuset.cpus", "0", "\n", "\n"),
    ("cpuset.cpus", "0", "", "\n"),
    ("cpuset.cpus", "0", "0-1,4\n", "0-1,4"),
    ("cpuset.cpus", "0, 1", "2\n", "2"),
    ("cpuset.mems", "0 1", "\n", "\n"),
    ("io.max", "8:0 rbps=1", "8:0 rbps=9 wbps=max wiops=7\n", "8:0 rbps=9 wbps=max wiops=7"),
    ("io.max", "8:16 rbps=1 wiops=2", "8:0 rbps=9 wbps=max wiops=7\n", "8:16 rbps=max wiops=max"),
    ("io.max", "8:0 rbps=1", "", "8:0 rbps=max"),
    ("io.bfq.weight", "500", "default 100\n8:0 300\n", "100"),
    ("io.bfq.weight", "8:0 500", "default 100\n8:0 300\n", "8:0 300"),
    ("io.bfq.weight", "8:16 500", "default 100\n8:0 300\n", "8:16 default"),
    ("io.weight", "default 500", "default 100\n", "default 100"),
    ("blkio.throttle.read_bps_device", "8:0 5", "8:0 1048576\n", "8:0 1048576"),
    ("blkio.throttle.read_bps_device", "8:0 5", "", "8:0 0"),
    ("rdma.max", "mlx4_0 hca_handle=2", "ocrdma1 hca_handle=5 hca_object=max\n", "mlx4_0 hca_handle=max"),
    ("net_prio.ifpriomap", "lo 5", "lo 0\neth0 3\n", "lo 0"),
    ("memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", "0"),
  ])
  func formerValue(file: String, written: String, text: String, former: String) {
    let write = CgroupWrite("/c/" + file, written, field: "f", note: "n")
    #expect(write.reverting(to: text)?.value == former)
    #expect(write.reverting(to: text)?.file == write.file)
  }

  /// The kernel gives who ceases to be idle its default weight, and takes none of who is.
  @Test(arguments: [
    (["cpu.idle=1"], "0", ["cpu.idle=0", "cpu.shares=512"]),
    (["cpu.shares=8", "cpu.idle=1"], "0", ["cpu.idle=0", "cpu.shares=512", "cpu.shares=512"]),
    (["cpu.idle=0", "cpu.shares=8"], "1", ["cpu.idle=1"]),
    (["cpu.shares=8"], "0", ["cpu.shares=512"]),
  ])
  func weightOfWhoIsIdle(written: [String], idle: String, former: [String]) throws {
    let scratch = try SecurityScratch()
    try scratch.write(idle + "\n", to: "cpu.idle")
    try scratch.write("512\n", to: "cpu.shares")
    var plan = CgroupPlan(
      unified: CgroupFolder(mountPoint: scratch.path, path: try CgroupPath(cgroupsPath: "/c", id: "")))
    plan.writes = written.map { text in
      let parts = text.split(separator: "=")
      return CgroupWrite("\(scratch.path)/\(parts[0])", String(parts[1]), field: "f", note: "n")
    }
    let found = Cgroup.former(plan).map { "\($0.file.split(separator: "/").last!)=\($0.value)" }
    #expect(found == former)
  }

  @Test func textThatTellsNoValue() {
    let write = CgroupWrite("/c/memory.stat", "1", field: "f", note: "n")
    #expect(write.reverting(to: "anon 0\nfile 0\n") == nil)
  }
}

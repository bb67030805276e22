import Testing

@testable import OCISpec

@Test("Processes", arguments: processCases)
func processValidation(_ example: ValidationCase) { example.check() }

@Test func processesOfExecHaveTheirOwnPath() {
  #expect(
    errorText { try Process(args: ["a"], cwd: "b").validate(at: "p") }
      == "p.cwd: must be an absolute path, not 'b'")
}

private let processCases: [ValidationCase] = [
  .process("process.args: must not be empty (it names the program to run)") { $0.args = [] },
  .process("process.args[1]: must not contain a NUL byte") { $0.args = ["sh", "a\u{0}b"] },
  .process(nil) { $0.args = ["sh", "", "-c", "é"] },
  .process("process.cwd: must be an absolute path, not 'tmp'") { $0.cwd = "tmp" },
  .process("process.cwd: must be an absolute path, not ''") { $0.cwd = "" },
  .process("process.cwd: must not contain a NUL byte") { $0.cwd = "/\u{0}" },
  // "/" with a combining mark is one character for Swift, but not for the kernel.
  .process(nil) { $0.cwd = "/\u{301}x" },
  .process(nil) { $0.env = ["A=", "B=c=d", "é=1", "A=2"] },
  .process("process.env[1]: must have the form NAME=value, not 'HOME'") { $0.env = ["A=b", "HOME"] },
  .process("process.env[0]: must have a name before '='") { $0.env = ["=x"] },
  .process("process.env[0]: must have the form NAME=value, not ''") { $0.env = [""] },
  .process("process.env[0]: must not contain a NUL byte") { $0.env = ["A=b\u{0}LD_PRELOAD=x"] },
  .process("process.consoleSize.height: must be at most 65535") {
    $0.consoleSize = Box(height: 65536, width: 1)
  },
  .process("process.consoleSize.width: must be at most 65535") {
    $0.consoleSize = Box(height: 1, width: .max)
  },
  .process(nil) { $0.consoleSize = Box(height: 0, width: 65535) },
  .process("process.user.uid: must not be 4294967295, which means no user") { $0.user.uid = .max },
  .process("process.user.gid: must not be 4294967295, which means no group") { $0.user.gid = .max },
  .process("process.user.additionalGids[1]: must not be 4294967295, which means no group") {
    $0.user.additionalGids = [1, .max]
  },
  .process("process.user.additionalGids: must have at most 65536 groups, not 65537") {
    $0.user.additionalGids = Array(0...65536)
  },
  .process(nil) { $0.user.umask = 0o777 },
  .process("process.user.umask: must be at most 511 (octal 0777), not 512") { $0.user.umask = 0o1000 },
  .process(nil) { $0.oomScoreAdj = -1000 },
  .process(nil) { $0.oomScoreAdj = 1000 },
  .process("process.oomScoreAdj: must lie in -1000...1000, not 1001") { $0.oomScoreAdj = 1001 },
  .process("process.oomScoreAdj: must lie in -1000...1000, not -1001") { $0.oomScoreAdj = -1001 },
  .process("process.apparmorProfile: must not contain a NUL byte") { $0.apparmorProfile = "a\u{0}" },
  .process("process.selinuxLabel: must not contain a NUL byte") { $0.selinuxLabel = "\u{0}" },
  .process(nil) { $0.ioPriority = LinuxIOPriority(class: .realTime, priority: 7) },
  .process("process.ioPriority.priority: must lie in 0...7, not 8") {
    $0.ioPriority = LinuxIOPriority(class: .idle, priority: 8)
  },
  .process("process.ioPriority.priority: must lie in 0...7, not -1") {
    $0.ioPriority = LinuxIOPriority(class: .bestEffort, priority: -1)
  },
  .process("process.execCPUAffinity.initial: must be a list of numbers and ranges like '0-3,7', not '3-1'") {
    $0.execCPUAffinity = CPUAffinity(initial: "3-1")
  },
  .process("process.execCPUAffinity.final: must be a list of numbers and ranges like '0-3,7', not 'all'") {
    $0.execCPUAffinity = CPUAffinity(initial: "0", final: "all")
  },
  // Limits.
  .process(nil) {
    $0.rlimits = Process.limitNames.map { POSIXRlimit(type: $0, soft: 1, hard: .max) }
  },
  .process("process.rlimits[0].type: has the unknown value 'RLIMIT_NOFILES' (did you mean 'RLIMIT_NOFILE'?)")
  {
    $0.rlimits = [POSIXRlimit(type: "RLIMIT_NOFILES", soft: 1, hard: 1)]
  },
  .process("process.rlimits[0].type: has the unknown value 'nofile'") {
    $0.rlimits = [POSIXRlimit(type: "nofile", soft: 1, hard: 1)]
  },
  .process("process.rlimits[1].type: RLIMIT_CPU appears twice") {
    $0.rlimits = [
      POSIXRlimit(type: "RLIMIT_CPU", soft: 1, hard: 1), POSIXRlimit(type: "RLIMIT_CPU", soft: 1, hard: 1),
    ]
  },
  .process("process.rlimits[0].soft: must not exceed the hard limit 1, as 2 does") {
    $0.rlimits = [POSIXRlimit(type: "RLIMIT_CPU", soft: 2, hard: 1)]
  },
  // Scheduling.
  .process(nil) { $0.scheduler = Scheduler(policy: .other, nice: -20, priority: 0) },
  .process(nil) { $0.scheduler = Scheduler(policy: .batch, nice: 19) },
  .process("process.scheduler.nice: must lie in -20...19, not 20") {
    $0.scheduler = Scheduler(policy: .other, nice: 20)
  },
  .process("process.scheduler.nice: must lie in -20...19, not -21") {
    $0.scheduler = Scheduler(policy: .other, nice: -21)
  },
  .process("process.scheduler.nice: is for SCHED_OTHER and SCHED_BATCH only, not SCHED_FIFO") {
    $0.scheduler = Scheduler(policy: .fifo, nice: 1, priority: 1)
  },
  .process(nil) { $0.scheduler = Scheduler(policy: .roundRobin, nice: 0, priority: 99) },
  .process("process.scheduler.priority: must lie in 1...99 for SCHED_FIFO, not 0") {
    $0.scheduler = Scheduler(policy: .fifo)
  },
  .process("process.scheduler.priority: must lie in 1...99 for SCHED_RR, not 100") {
    $0.scheduler = Scheduler(policy: .roundRobin, priority: 100)
  },
  .process("process.scheduler.priority: is for SCHED_FIFO and SCHED_RR only, not SCHED_OTHER") {
    $0.scheduler = Scheduler(policy: .other, priority: 1)
  },
  .process("process.scheduler.policy: SCHED_ISO is not implemented by Linux") {
    $0.scheduler = Scheduler(policy: .iso)
  },
  .process("process.scheduler.runtime: is for SCHED_DEADLINE only") {
    $0.scheduler = Scheduler(policy: .idle, runtime: 5)
  },
  .process("process.scheduler.period: is for SCHED_DEADLINE only") {
    $0.scheduler = Scheduler(policy: .other, period: 5)
  },
  .process(nil) { $0.scheduler = Scheduler(policy: .deadline, runtime: 1024, deadline: 1024) },
  .process("process.scheduler.deadline: must be more than 0 for SCHED_DEADLINE") {
    $0.scheduler = Scheduler(policy: .deadline, runtime: 2000)
  },
  .process("process.scheduler.runtime: must be at least 1024 for SCHED_DEADLINE, not 1023") {
    $0.scheduler = Scheduler(policy: .deadline, runtime: 1023, deadline: 2000)
  },
  .process("process.scheduler.runtime: must not exceed the deadline 2000, as 2001 does") {
    $0.scheduler = Scheduler(policy: .deadline, runtime: 2001, deadline: 2000)
  },
  .process("process.scheduler.period: must not be less than the deadline 2000, as 1999 is") {
    $0.scheduler = Scheduler(policy: .deadline, runtime: 1500, deadline: 2000, period: 1999)
  },
]

import CShim
import OCISpec
import Testing

@testable import Runtime

/// What reaches the runtime in another order than it happened is told as it happened.
@Suite struct ExplainNarrator {
  /// Plays reports and returns what was told: calls by name, steps that were done by number.
  private func told(_ steps: [Step], expecting: [KernelCall] = [], _ reports: [Report], end: Bool = true)
    -> [String]
  {
    var told: [String] = []
    var delegate = LaunchDelegate()
    delegate.observe = { event in
      switch event {
      case .begins: told.append("begins")
      case .call(let call, let step, _, _): told.append("\(step) \(call.text)")
      case .done(let step, _): told.append("done \(step)")
      case .failed(let step, let error, _): told.append("failed \(step ?? -1): \(error)")
      }
    }
    var narrator = LaunchNarrator(delegate, steps)
    if !expecting.isEmpty { narrator.expect(expecting, of: 0) }
    for report in reports { narrator.hear(report) }
    if end { narrator.end() }
    return told
  }

  private let birth = Step.clone(CloneStep(namespaces: [], cgroup: nil))

  @Test func theChildsOwnCallsAreToldOnceItSpeaks() {
    let steps = [birth, .startSession]
    #expect(
      told(steps, expecting: [.prctl(4, 0)], [Canned.report(__NR_setsid, [], result: 5, step: 1)])
        == ["0 prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)", "1 setsid() = 5", "done 1"])
    // An exec of the init that failed is told, and none of what follows it, which did not happen.
    let failed = Canned.report(__NR_execveat, [5], result: -2, kind: PLAN_REPORT_FAILED)
    let calls: [KernelCall] = [
      .close_range("3", "4", flags: 4), .execveat("initfd", ["i"], variables: 0), .prctl(4, 0),
    ]
    #expect(
      told(steps, expecting: calls, [failed], end: false) == [
        "0 close_range(3, 4, CLOSE_RANGE_CLOEXEC)",
        #"0 execveat(initfd, "", ["i"], [/* 0 vars */], AT_EMPTY_PATH) = -1 ENOENT (No such file or directory)"#,
      ])
  }

  @Test func anExecIsToldAtTheEnd() {
    let steps = [birth, .execute(arguments: ["x"], environment: [], supervised: false)]
    let announced = Canned.report(__NR_execve, [1, 1, 1], texts: ["/x"], step: 1)
    let failed = Canned.report(__NR_execve, [1, 1, 1], texts: ["/x"], result: -8, step: 1)
    let call = #"1 execve("/x", ["x"], [/* 0 vars */]) = "#
    #expect(told(steps, [announced], end: false) == [])
    #expect(told(steps, [announced]) == [call + "0", "done 1"])
    // It was announced, and then failed: only that is told.
    #expect(told(steps, [announced, failed], end: false) == [call + "-1 ENOEXEC (Exec format error)"])
  }

  /// The parent's report of the fork and the child's reports race.
  @Test func aForkIsToldBeforeWhatItsChildDoes() {
    let steps = [birth, .fork(.pid), .startSession]
    let parent = Canned.report(__NR_clone3, [1, 88], extra: [0x2000_8000], result: 9, step: 1)
    let child = Canned.report(__NR_clone3, [1, 88], extra: [0x2000_8000], result: 0, step: 1)
    let session = Canned.report(__NR_setsid, [], result: 1, step: 2)
    let fork = "1 clone3({flags=CLONE_PARENT|CLONE_NEWPID, exit_signal=0, stack=NULL, stack_size=0}, 88) = 9"
    let expected = [fork, "2 setsid() = 1", "done 2"]
    #expect(told(steps, [parent, child, session]) == expected)
    #expect(told(steps, [child, session, parent]) == expected)
    #expect(told(steps, [child, parent, session]) == expected)
  }

  /// So do they where the payload runs below a first process of ours.
  @Test func aFirstProcessIsToldBeforeWhatItsPayloadDoes() {
    let steps = [birth, .execute(arguments: ["x"], environment: [], supervised: true)]
    let parent = Canned.report(__NR_clone, [17], result: 7, step: 1)
    let child = Canned.report(__NR_clone, [17], result: 0, step: 1)
    let group = Canned.report(__NR_setpgid, [0, 0], step: 1)
    let announced = Canned.report(__NR_execve, [1, 1, 1], texts: ["/x"], step: 1)
    let expected = [
      "1 clone(child_stack=NULL, flags=SIGCHLD) = 7", "1 setpgid(0, 0) = 0",
      #"1 execve("/x", ["x"], [/* 0 vars */]) = 0"#, "done 1",
    ]
    #expect(told(steps, [parent, child, group, announced]) == expected)
    #expect(told(steps, [child, group, parent, announced]) == expected)
    #expect(told(steps, [child, group, announced, parent]) == expected)
  }

  /// A hook's own reports and its parent's race as well, and its exec is told beforehand.
  @Test func aHookIsToldInOrderHoweverItEnds() {
    let hook = ContainerHook(kind: .createContainer, index: 0, hook: Hook(path: "/h"), state: [])
    let steps = [birth, .containerHook(hook), .startSession]
    let clone = Canned.report(__NR_clone, [0x1011], result: 9, step: 1)
    let announced = Canned.report(__NR_execve, [1, 1, 1], texts: ["/h"], step: 1)
    let failed = Canned.report(__NR_execve, [1, 1, 1], texts: ["/h"], result: -2, step: 1)
    let exit = Canned.report(-1, [], result: 127 << 8, step: 1, kind: PLAN_REPORT_HOOK)
    let next = Canned.report(__NR_setsid, [], result: 1, step: 2)
    let call = #"1 execve("/h", ["/h"], [/* 0 vars */]) = "#
    let birth = "1 clone(child_stack=NULL, flags=CLONE_PIDFD|SIGCHLD, parent_tid=[pidfd]) = 9"
    for reports in [[clone, announced, next], [announced, clone, next]] {
      #expect(told(steps, reports, end: false) == [birth, call + "0", "2 setsid() = 1"])
    }
    let missing = call + "-1 ENOENT (No such file or directory)"
    for reports in [
      [clone, announced, failed, exit], [announced, clone, failed, exit], [announced, failed, clone, exit],
    ] {
      #expect(told(steps, reports, end: false) == [birth, missing])
    }
  }

  @Test func withAGateTheWaitIsTheEnd() {
    let steps = [birth, .sync(.created), .recordCreated(CreatedRecord()), .waitForStart, .startSession]
    let sync = Canned.report(-1, [], result: 4, step: 1, kind: PLAN_REPORT_SYNC)
    #expect(told(steps, [sync]) == ["done 1", "done 3"])
  }

  @Test func nobodyIsToldWhereNobodyListens() {
    var narrator = LaunchNarrator(LaunchDelegate(), [birth])
    narrator.hear(Canned.report(__NR_setsid, []))
    narrator.end()
    #expect(!narrator.isHeard)
  }
}

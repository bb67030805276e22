import OCISpec
import Testing

@testable import Runtime

@Suite struct ExplainOutput {
  private let steps: [Step] = [
    .clone(CloneStep(namespaces: [.pid, .mount], cgroup: nil)), .becomeNotDumpable, .sync(.created),
    .recordCreated(CreatedRecord()),
    .setHostname("box"), .execute(arguments: ["/bin/true"], environment: [], supervised: false),
  ]

  private func lines(_ format: Explanation.Format, _ body: (Explanation) -> Void) -> String {
    var text = ""
    let explanation = Explanation(format: format) { text += $0 }
    body(explanation)
    return text
  }

  @Test func eachStepIsToldOnceWhetherOrNotItCalled() {
    let text = lines(.json) { explanation in
      explanation.observe(.begins(LaunchPlan(steps: steps), at: 1000))
      explanation.observe(.call(.setsid().returning(1), step: 0, by: .runtime, at: 2000))
      explanation.observe(.call(.prctl(4, 0).returning(0), step: 1, by: .`init`, at: 51_000))
      explanation.observe(.done(step: 2, at: 61_000))
      explanation.observe(.done(step: 3, at: 71_000))
      explanation.observe(.call(.sethostname("box").returning(-1), step: 4, by: .`init`, at: 81_000))
      explanation.finish()
    }
    let told = text.split(separator: "\n").map { $0.split(separator: ",")[0] }
    // The exec never came: it is not told.
    #expect(told == (1...5).map { "{\"step\":\($0)" })
    #expect(
      text.contains(
        #""calls":[{"call":"prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)","result":0}],"time_us":50}"#))
    #expect(
      text.contains(
        #"{"call":"sethostname(\"box\", 3)","result":-1,"errno":1,"error":"EPERM","message":"Operation not permitted"}],"time_us":80}"#
      ))
    #expect(text.contains(#""step":3,"actor":"init","title":"tell the runtime that the container is ready""#))
  }

  @Test func callsOfTheOtherSideAreMarkedAndLateOnesContinue() {
    let text = lines(.json) { explanation in
      explanation.observe(.begins(LaunchPlan(steps: steps), at: 0))
      explanation.observe(.call(.setsid().returning(1), step: 0, by: .runtime, at: 1))
      explanation.observe(.call(.prctl(4, 0).returning(0), step: 1, by: .`init`, at: 2))
      explanation.observe(.call(.umask(0), step: 0, by: .`init`, at: 3))
      explanation.finish()
    }
    let last = text.split(separator: "\n").last!
    #expect(last.contains(#""step":1,"#) && last.contains(#""continued":true"#))
    #expect(last.contains(#"{"call":"umask(000)","by":"init"}"#))
  }

  @Test func looksAtNothingAreLeftOut() {
    let probe = KernelCall.openat2("rootfd", "/x", flags: 0, resolve: 0).returning(-2)
    for shows in [false, true] {
      let text = lines(.json) { explanation in
        explanation.showsProbes = shows
        explanation.observe(.begins(LaunchPlan(steps: steps), at: 0))
        explanation.observe(.call(probe, step: 1, by: .`init`, at: 1))
        explanation.finish()
      }
      #expect(text.contains("openat2") == shows)
    }
    // Any other answer than "nothing there" is news.
    #expect(!probe.returning(-13).isProbe)
  }

  @Test func aFailureIsToldWithWhatWasLookedFor() {
    let looked = KernelCall.openat(.current, "/bin/x", 0o10000000).returning(-2)
    #expect(looked.isProbe)
    for format in Explanation.Format.allCases {
      let text = lines(format) { explanation in
        explanation.observe(.begins(LaunchPlan(steps: steps), at: 0))
        explanation.observe(.call(.prctl(4, 0).returning(0), step: 1, by: .`init`, at: 2000))
        explanation.observe(.call(looked, step: 4, by: .`init`, at: 3000))
        explanation.observe(.failed(step: 4, Failure("exec x", errno: 2), at: 4000))
        explanation.finish()
      }
      switch format {
      case .json:
        #expect(text.contains(#""errno":2,"error":"ENOENT","message":"No such file or directory"}]"#))
        #expect(text.hasSuffix(#""time_us":3,"failure":"exec x: no such file or directory"}"# + "\n"))
      case .text:
        #expect(text.contains("set hostname box, failed\n"))
        #expect(text.contains("= -1 ENOENT (No such file or directory)\n") && !text.contains("error  "))
      }
    }
  }

  /// Where no call failed it was a rule of ours: then its words are told.
  @Test func aFailureWithoutACallIsToldInWords() {
    let text = lines(.text) { explanation in
      explanation.observe(.begins(LaunchPlan(steps: steps), at: 0))
      explanation.observe(.failed(step: 4, Failure("set hostname", reason: "too long"), at: 4000))
    }
    #expect(text.contains("   5  init         +4 µs  set hostname box, failed\n"))
    #expect(text.hasSuffix("      error   set hostname: too long\n\n"))
  }

  @Test func narrowTerminalsGetShorterLines() {
    let long = KernelCall.capset(effective: .max >> 23, permitted: 0, inheritable: 0)
    for columns in [60, 80, 100, 200] {
      var text = ""
      let explanation = Explanation(format: .text, columns: columns) { text += $0 }
      explanation.observe(.begins(LaunchPlan(steps: steps), at: 0))
      explanation.observe(.call(long.returning(0), step: 1, by: .runtime, at: 1))
      explanation.finish()
      let longest = text.split(separator: "\n").map(\.count).max() ?? 0
      #expect(longest <= min(columns, 100) && longest > min(columns, 100) - 25)
    }
  }

  @Test func aDryRunTellsEveryStepWithoutResults() throws {
    var plan = LaunchPlan(steps: steps)
    plan.warnings = ["something cannot be had"]
    let text = lines(.json) { $0.dryRun(plan) }
    #expect(text.hasPrefix("{\"warning\":\"something cannot be had\"}\n"))
    #expect(text.split(separator: "\n").count == 1 + steps.count)
    #expect(!text.contains("\"result\"") && !text.contains("time_us"))
    #expect(
      text.contains(#"clone3({flags=CLONE_VM|CLONE_PIDFD|CLONE_NEWNS|CLONE_NEWPID|CLONE_CLEAR_SIGHAND, "#))
    #expect(text.contains(#""shell":"exec /bin/true""#))
  }

  @Test func textFitsATerminal() {
    let long = KernelCall.capset(effective: .max >> 23, permitted: .max >> 23, inheritable: 0)
    let text = lines(.text) { explanation in
      explanation.observe(.begins(LaunchPlan(steps: steps), at: 0))
      explanation.observe(.call(long.returning(0), step: 0, by: .runtime, at: 1_240_000))
      explanation.observe(.done(step: 5, at: 2_000_000))
    }
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(
      text.hasPrefix("   1  runtime   +1.24 ms  start the init in new pid, mount namespaces\n      why     "))
    // Nothing is lost at the ends of lines.
    let joined = text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
    #expect(
      joined.contains("1<<CAP_CHOWN|1<<CAP_DAC_OVERRIDE|") && joined.contains("|1<<CAP_CHECKPOINT_RESTORE,"))
  }

  @Test func coloursOnlyWhenTold() {
    #expect(!lines(.text) { $0.dryRun(LaunchPlan(steps: steps)) }.contains("\u{1b}"))
    var text = ""
    Explanation(format: .text, colour: true) { text += $0 }.dryRun(LaunchPlan(steps: steps))
    #expect(text.contains("\u{1b}[1mstart the init"))
  }

  /// A hostname from a stranger's configuration must not steer the terminal.
  @Test func namesCannotSteerTheTerminal() {
    let plan = LaunchPlan(steps: [.setHostname("a\u{1b}[31m\u{202e}b\r")])
    let text = lines(.text) { $0.dryRun(plan) }
    #expect(!text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" || $0 == "\r" })
    #expect(text.contains("set hostname a\\u{1b}[31m\\u{202e}b\\u{d}"))
  }

  @Test func shellLinesCanBePasted() {
    let capabilities = CapabilityMasks(
      bounding: 0, effective: 0x21, inheritable: 0, permitted: 0x21, ambient: 0)
    let plan = LaunchPlan(steps: [
      .execute(
        arguments: ["printf", "it's %s", String(repeating: "long word ", count: 12)], environment: [],
        supervised: false), .setCapabilities(capabilities),
    ])
    let text = lines(.text) { $0.dryRun(plan) }
    // Inside quotes no line ends, outside it ends with a backslash.
    #expect(text.contains("exec printf 'it'\\''s %s' \\\n                'long word long word "))
    #expect(text.contains("capsh '--caps== cap_chown,cap_kill+ep'"))
  }

  @Test func durations() {
    #expect(ExplanationText.duration(999_999) == "+999 µs")
    #expect(ExplanationText.duration(1_000_000) == "+1.00 ms")
    #expect(ExplanationText.duration(12_345_678) == "+12.34 ms")
  }
}

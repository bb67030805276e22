import OCISpec
import Testing

@testable import Runtime

#if arch(x86_64)
  /// Numbers on x86_64.
  private enum Call {
    static let read: UInt32 = 0
    static let write: UInt32 = 1
    static let close: UInt32 = 3
    static let getpid: UInt32 = 39
    static let statmount: UInt32 = 457
    static let mseal: UInt32 = 462
  }

  @Suite struct SeccompDecisions {
    /// Every comparison, around every edge: equal, one below, one above, and different upper halves.
    @Test(arguments: LinuxSeccompOperator.allCases, ["getpid", "statmount"])
    func comparison(op: LinuxSeccompOperator, name: String) throws {
      // getpid goes through libseccomp, statmount through our own code: both must decide alike.
      let number = name == "getpid" ? Call.getpid : Call.statmount
      let samples: [UInt64] = [
        0, 1, 0xff, 0x100, 0x101, 0x1_0000_0000, 0x1_0000_00ff, 0x1_0000_0100, 0x1_0000_0101,
        0x2_0000_0000, 0x2_0000_0100, 0xffff_ffff, 0xffff_ffff_ffff_ffff, 0x8000_0000_0000_0100,
      ]
      for value in [UInt64(0x100), 0x1_0000_0100, 0, .max] {
        let arg = LinuxSeccompArg(index: 2, value: value, valueTwo: value & 0x1_0000_0100, op: op)
        let filter = try SeccompFilter(
          compiling: LinuxSeccomp(
            defaultAction: .allow,
            syscalls: [LinuxSyscall(names: [name], action: .errno, errnoRet: 7, args: [arg])]))
        let machine = FilterMachine(filter)
        for sample in samples {
          let holds =
            switch op {
            case .equalTo: sample == value
            case .notEqual: sample != value
            case .lessThan: sample < value
            case .lessEqual: sample <= value
            case .greaterThan: sample > value
            case .greaterEqual: sample >= value
            case .maskedEqual: sample & value == arg.valueTwo
            }
          let verdict = try machine.decide(audit: Audit.amd64, number: number, [9, 9, sample, 9])
          #expect(
            verdict == (holds ? Verdict.errno(7) : Verdict.allow), "\(sample) \(op.rawValue) \(value)")
        }
      }
    }

    /// Our own code against libseccomp's, 32-bit calls included, which it compares by their low halves.
    @Test(arguments: LinuxSeccompOperator.allCases)
    func ownCodeComparesAsLibseccompDoes(op: LinuxSeccompOperator) throws {
      let values: [UInt64] = [0, 5, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0005, .max]
      for value in values {
        for valueTwo: UInt64 in op == .maskedEqual ? [0, 5, 0x1_0000_0004] : [0] {
          let args = [LinuxSeccompArg(index: 1, value: value, valueTwo: valueTwo, op: op)]
          let rule = LinuxSyscall(names: ["getpid", "statmount"], action: .errno, args: args)
          let profile = LinuxSeccomp(defaultAction: .allow, architectures: [.x86, .x32], syscalls: [rule])
          let machine = FilterMachine(try SeccompFilter(compiling: profile))
          for (audit, getpid, statmount) in [
            (Audit.amd64, 39, 457), (Audit.i386, 20, 457), (Audit.amd64, 39 | 1 << 30, 457 | 1 << 30),
          ] as [(UInt32, UInt32, UInt32)] {
            for sample in values + [4, 6, 0x2_0000_0005] {
              // The kernel clears the upper halves of a 32-bit program's arguments.
              let given = audit == Audit.i386 ? sample & 0xffff_ffff : sample
              let theirs = try machine.decide(audit: audit, number: getpid, [0, given])
              let ours = try machine.decide(audit: audit, number: statmount, [0, given])
              #expect(ours == theirs, "\(audit) \(given) \(op.rawValue) \(value) \(valueTwo)")
            }
          }
        }
      }
    }

    @Test func everyActionHasItsVerdict() throws {
      let expected: [(LinuxSeccompAction, UInt32?, UInt32)] = [
        (.kill, nil, Verdict.killThread), (.killThread, nil, Verdict.killThread),
        (.killProcess, nil, Verdict.killProcess), (.trap, nil, Verdict.trap),
        (.errno, nil, Verdict.errno(1)), (.errno, 0, Verdict.errno(0)), (.errno, 4094, Verdict.errno(4094)),
        (.trace, nil, Verdict.trace(1)), (.trace, 65535, Verdict.trace(65535)), (.log, nil, Verdict.log),
        (.notify, nil, Verdict.notify),
      ]
      for (action, errnoRet, verdict) in expected {
        let filter = try SeccompFilter(
          compiling: LinuxSeccomp(
            defaultAction: .allow, listenerPath: "/run/agent",
            syscalls: [LinuxSyscall(names: ["getpid", "mseal"], action: action, errnoRet: errnoRet)]))
        let machine = FilterMachine(filter)
        for number in [Call.getpid, Call.mseal] {
          #expect(try machine.decide(audit: Audit.amd64, number: number) == verdict, "\(action)")
        }
        #expect(try machine.decide(audit: Audit.amd64, number: Call.read) == Verdict.allow)
        #expect(filter.needsListener == (action == .notify))
        let listener = action == .notify ? SeccompFilter.flagNewListener : 0
        #expect(filter.flags == SeccompFilter.flagSpecAllow | listener)
        #expect(filter.listenerPath == (action == .notify ? "/run/agent" : nil))
      }
    }

    @Test func conditionsOnDifferentArgumentsMustAllHold() throws {
      let args = [
        LinuxSeccompArg(index: 0, value: 1, op: .equalTo), LinuxSeccompArg(index: 5, value: 2, op: .equalTo),
      ]
      let machine = FilterMachine(try denying(["getpid", "mseal"], args))
      for number in [Call.getpid, Call.mseal] {
        for (first, last, denied) in [(1, 2, true), (1, 3, false), (0, 2, false)] as [(UInt64, UInt64, Bool)]
        {
          let verdict = try machine.decide(audit: Audit.amd64, number: number, [first, 0, 0, 0, 0, last])
          #expect((verdict == Verdict.errno(1)) == denied)
        }
      }
    }

    @Test func conditionsOnOneArgumentAreAlternatives() throws {
      let args = [
        LinuxSeccompArg(index: 1, value: 4, op: .equalTo), LinuxSeccompArg(index: 1, value: 6, op: .equalTo),
      ]
      let machine = FilterMachine(try denying(["getpid", "mseal"], args))
      for number in [Call.getpid, Call.mseal] {
        for (value, denied) in [(4, true), (5, false), (6, true)] as [(UInt64, Bool)] {
          let verdict = try machine.decide(audit: Audit.amd64, number: number, [0, value])
          #expect((verdict == Verdict.errno(1)) == denied)
        }
      }
    }

    /// As libseccomp decides for the calls it knows, so our own code does for the others.
    @Test(arguments: ["getpid", "statmount"], [true, false])
    func ruleWithoutConditionsSettlesTheCall(name: String, plainFirst: Bool) throws {
      let plain = LinuxSyscall(names: [name], action: .allow)
      let special = LinuxSyscall(
        names: [name], action: .trap, args: [LinuxSeccompArg(index: 0, value: 3, op: .equalTo)])
      let profile = LinuxSeccomp(
        defaultAction: .errno, syscalls: plainFirst ? [plain, special] : [special, plain])
      let machine = FilterMachine(try SeccompFilter(compiling: profile))
      let number = name == "getpid" ? Call.getpid : Call.statmount
      #expect(try machine.decide(audit: Audit.amd64, number: number, [3]) == Verdict.allow)
      #expect(try machine.decide(audit: Audit.amd64, number: number, [4]) == Verdict.allow)
    }

    @Test(arguments: ["getpid", "statmount"])
    func contradictingRulesAreAnError(name: String) {
      let arg = LinuxSeccompArg(index: 0, value: 3, op: .equalTo)
      let rules = [LinuxSeccompAction.trap, .trap, .log].map {
        LinuxSyscall(names: [name], action: $0, args: [arg])
      }
      let error = #expect(throws: SpecError.self) {
        try SeccompFilter(compiling: LinuxSeccomp(defaultAction: .allow, syscalls: rules))
      }
      #expect(
        error?.description
          == "linux.seccomp.syscalls[2].names[0]: the rule on \(name) contradicts an earlier one")
    }

    @Test func callsNewerThanTheProfileDoNotExist() throws {
      let profile = LinuxSeccomp(
        defaultAction: .errno, architectures: [.amd64, .x86, .x32],
        syscalls: [LinuxSyscall(names: ["read", "mseal", "no_such_call"], action: .allow)])
      let machine = FilterMachine(try SeccompFilter(compiling: profile))
      let none = Verdict.errno(38)
      for (audit, base) in [(Audit.amd64, 0), (Audit.amd64, 1 << 30), (Audit.i386, 0)] as [(UInt32, UInt32)] {
        #expect(try machine.decide(audit: audit, number: base + 462) == Verdict.allow)
        #expect(try machine.decide(audit: audit, number: base + 463) == none)
        #expect(try machine.decide(audit: audit, number: base + 461) == Verdict.errno(1))
        #expect(try machine.decide(audit: audit, number: base + 700) == none)
      }
      // A foreign architecture is the filter's own affair: killed.
      #expect(try machine.decide(audit: Audit.aarch64, number: 700) == Verdict.killThread)
    }

    @Test(arguments: [
      (LinuxSeccompAction.allow, UInt32?.none, Verdict.allow), (.log, nil, Verdict.log),
      (.trace, nil, Verdict.trace(1)), (.errno, 38, Verdict.errno(38)), (.errno, 13, Verdict.errno(38)),
      (.killProcess, nil, Verdict.errno(38)), (.trap, nil, Verdict.errno(38)),
    ])
    func defaultDecidesWhetherNewCallsExist(
      action: LinuxSeccompAction, errnoRet: UInt32?, verdict: UInt32
    ) throws {
      let profile = LinuxSeccomp(
        defaultAction: action, defaultErrnoRet: errnoRet,
        syscalls: [LinuxSyscall(names: ["getpid"], action: action == .errno ? .allow : .errno)])
      let machine = FilterMachine(try SeccompFilter(compiling: profile))
      #expect(try machine.decide(audit: Audit.amd64, number: 900) == verdict)
    }

    @Test func x32IsKilledUnlessListed() throws {
      let profile = LinuxSeccomp(
        defaultAction: .errno, syscalls: [LinuxSyscall(names: ["read"], action: .allow)])
      let machine = FilterMachine(try SeccompFilter(compiling: profile))
      #expect(try machine.decide(audit: Audit.amd64, number: Call.read) == Verdict.allow)
      #expect(try machine.decide(audit: Audit.amd64, number: 1 << 30) == Verdict.killThread)
    }

    @Test(
      arguments: [
        (nil, SeccompFilter.flagSpecAllow), ([], 0), ([.log], SeccompFilter.flagLog), ([.tsync], 0),
      ] as [([LinuxSeccompFlag]?, UInt32)])
    func noFlagsAreNotAnEmptyList(flags: [LinuxSeccompFlag]?, expected: UInt32) throws {
      let profile = LinuxSeccomp(defaultAction: .allow, flags: flags)
      #expect(try SeccompFilter(compiling: profile).flags == expected)
    }

    @Test func flagsArePassedOn() throws {
      let profile = LinuxSeccomp(
        defaultAction: .allow, flags: [.log, .tsync, .specAllow, .waitKillableRecv],
        listenerPath: "/a", listenerMetadata: "m",
        syscalls: [LinuxSyscall(names: ["getpid"], action: .notify)])
      let filter = try SeccompFilter(compiling: profile)
      #expect(filter.flags == 2 | 4 | 8 | 32)
      #expect(filter.listenerMetadata == "m")
    }

    /// Cached filters of an older build must not outlive a change to what is compiled: whoever changes these
    /// instructions raises `SeccompFilter.revision`, and both numbers here.
    @Test func changedCodeHasANewRevision() throws {
      let both = try [Arch.amd64, .x86].map { try #require(SeccompArchitecture($0)) }
      var prelude = SeccompPrelude(architectures: both)
      prelude.lastNumbers = [(both[0], 470), (both[1], 465)]
      for (index, op) in LinuxSeccompOperator.allCases.enumerated() {
        let arg = LinuxSeccompArg(index: UInt32(index % 6), value: 1 << 40 | 5, valueTwo: 4, op: op)
        try prelude.add(.init(name: "statmount", action: Verdict.trap, args: [arg]), path: "")
      }
      try prelude.add(.init(name: "mseal", action: Verdict.allow, args: []), path: "")
      #expect(prelude.assemble().withUnsafeBytes { SeccompCacheFile.hash($0) } == 0x9D23_EE2B_9712_C06C)
      #expect(SeccompFilter.revision == 2)
    }

    @Test func sameRuleTwiceIsOneRule() throws {
      let rule = LinuxSyscall(names: ["getpid", "getpid"], action: .errno)
      let machine = FilterMachine(
        try SeccompFilter(compiling: LinuxSeccomp(defaultAction: .allow, syscalls: [rule, rule])))
      #expect(try machine.decide(audit: Audit.amd64, number: Call.getpid) == Verdict.errno(1))
    }

    private func denying(_ names: [String], _ args: [LinuxSeccompArg]) throws -> SeccompFilter {
      try SeccompFilter(
        compiling: LinuxSeccomp(
          defaultAction: .allow, syscalls: [LinuxSyscall(names: names, action: .errno, args: args)]))
    }
  }
#endif

@Suite struct SeccompErrors {
  /// What makes no sense whatever it compiles to is checked by OCISpec: here, that it is.
  @Test func profileIsValidatedFirst() {
    let profile = LinuxSeccomp(
      defaultAction: .errno,
      syscalls: [LinuxSyscall(names: ["read", "write"], action: .notify)])
    let error = #expect(throws: SpecError.self) { try SeccompFilter(compiling: profile) }
    #expect(error?.path == "linux.seccomp.syscalls[0].names[1]")
  }

  @Test func architectureLibseccompLacks() {
    let profile = LinuxSeccomp(defaultAction: .allow, architectures: [.x86, .sheb])
    let error = #expect(throws: SpecError.self) { try SeccompFilter(compiling: profile) }
    #expect(error?.path == "linux.seccomp.architectures[1]")
    #expect(error?.reason.contains("SCMP_ARCH_SHEB") == true)
  }

  @Test func architectureOfTheOtherByteOrder() {
    let profile = LinuxSeccomp(defaultAction: .allow, architectures: [.s390x])
    let error = #expect(throws: Failure.self) { try SeccompFilter(compiling: profile) }
    #expect(error?.subject == "SCMP_ARCH_S390X")
  }

  @Test func tooLongForTheKernel() {
    // Each condition costs a few instructions of its own.
    let rules = (0..<2000).map { value in
      LinuxSyscall(
        names: ["statmount"], action: .errno,
        args: [LinuxSeccompArg(index: 0, value: UInt64(value), op: .equalTo)])
    }
    let error = #expect(throws: SpecError.self) {
      try SeccompFilter(compiling: LinuxSeccomp(defaultAction: .allow, syscalls: rules))
    }
    #expect(error?.path == "linux.seccomp")
    #expect(error?.reason.contains("the kernel takes 4096") == true)
  }
}

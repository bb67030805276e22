import OCISpec

/// The instructions put before libseccomp's own, and why they are needed:
///
/// - A call newer than anything the profile names must look to a program as it would on an older kernel, that
///   is fail with ENOSYS: the C library then falls back to what the profile allows. The profile's
///   EPERM would make it give up instead. runc does the same since 1.0-rc93 ("-ENOSYS stub").
/// - A call the profile names and libseccomp is too old to know gets its rules here.
///
/// Everything else runs on into libseccomp's program, which begins right behind.
struct SeccompPrelude {
  /// A rule on a call that only our own table knows.
  struct Rule {
    var name: String
    /// What the filter returns, as in `SECCOMP_RET_…`.
    var action: UInt32
    /// Conditions that must all hold.
    var args: [LinuxSeccompArg]
  }

  private(set) var rules: [Rule] = []
  /// Of each architecture the largest number named, where calls above it shall fail with ENOSYS.
  var lastNumbers: [(architecture: SeccompArchitecture, number: UInt32)] = []
  let architectures: [SeccompArchitecture]

  init(architectures: [SeccompArchitecture]) { self.architectures = architectures }

  /// Adds a rule, unless no architecture has such a call. Throws `SpecError` where the same conditions are
  /// already given another action.
  mutating func add(_ rule: Rule, path: String) throws(SpecError) {
    guard architectures.contains(where: { SeccompNumbers.number(of: rule.name, on: $0) != nil }) else {
      return
    }
    let same = rules.first { $0.name == rule.name && $0.args == rule.args && !rule.args.isEmpty }
    guard same == nil || same?.action == rule.action else {
      throw SeccompContext.conflict(path, rule.name)
    }
    rules.append(rule)
  }

  /// Offsets in `struct seccomp_data`.
  private static let numberOffset: UInt32 = 0
  private static let archOffset: UInt32 = 4
  private static let argsOffset: UInt32 = 16
  /// `SECCOMP_RET_ERRNO` with ENOSYS.
  static let noSuchCall: UInt32 = 0x0005_0000 | 38

  /// The instructions; none where there is nothing to do.
  func assemble() -> [UInt8] {
    var code = SeccompAssembler()
    let filter = code.newLabel()
    code.load(offset: Self.archOffset)
    var seen: [UInt32] = []
    for architecture in architectures where !seen.contains(architecture.audit) {
      seen.append(architecture.audit)
      let sharing = architectures.filter { $0.audit == architecture.audit }
      let section = code.newLabel()
      let next = code.newLabel()
      code.jump(if: .equal, architecture.audit, then: .label(section))
      code.jump(next)
      code.place(section)
      code.load(offset: Self.numberOffset)
      if architecture.audit == 0xC000_003E {
        let x32 = code.newLabel()
        let plain = code.newLabel()
        code.jump(if: .anyBit, SeccompArchitecture.x32Bit, else: .label(plain))
        code.jump(x32)
        code.place(plain)
        emit(sharing.first { $0.arch != .x32 }, filter, &code)
        code.place(x32)
        emit(sharing.first { $0.arch == .x32 }, filter, &code)
      } else {
        emit(architecture, filter, &code)
      }
      code.place(next)
    }
    code.place(filter)
    return rules.isEmpty && lastNumbers.isEmpty ? [] : code.assemble()
  }

  /// What concerns one architecture; the accumulator holds the call's number.
  private func emit(
    _ architecture: SeccompArchitecture?, _ filter: SeccompAssembler.Label, _ code: inout SeccompAssembler
  ) {
    guard let architecture else { return code.jump(filter) }
    if let last = lastNumbers.first(where: { $0.architecture == architecture })?.number {
      let known = code.newLabel()
      code.jump(if: .above, last, else: .label(known))
      code.return(Self.noSuchCall)
      code.place(known)
    }
    emitRules(architecture, filter, &code)
    code.jump(filter)
  }

  private func emitRules(
    _ architecture: SeccompArchitecture, _ filter: SeccompAssembler.Label, _ code: inout SeccompAssembler
  ) {
    var numbered: [(number: UInt32, rule: Rule)] = []
    for rule in rules {
      guard let number = SeccompNumbers.number(of: rule.name, on: architecture) else { continue }
      numbered.append((number, rule))
    }
    let numbers = Set(numbered.map(\.number)).sorted()
    guard let lowest = numbers.first else { return }
    // Almost every call is an older one: it is to pass with one comparison.
    let newer = code.newLabel()
    code.jump(if: .atLeast, lowest, then: .label(newer))
    code.jump(filter)
    code.place(newer)
    for number in numbers {
      let over = code.newLabel()
      // As libseccomp has it: the first rule without conditions settles the call; else in the order given.
      let own = numbered.filter { $0.number == number }.map(\.rule)
      if let plain = own.first(where: { $0.args.isEmpty }) {
        code.jump(if: .equal, number, else: .label(over))
        code.return(plain.action)
      } else {
        // Their code may be longer than a conditional jump reaches.
        let body = code.newLabel()
        code.jump(if: .equal, number, then: .label(body))
        code.jump(over)
        code.place(body)
        for rule in own { emit(rule, architecture, &code) }
        code.jump(filter)
      }
      code.place(over)
    }
  }

  private func emit(_ rule: Rule, _ architecture: SeccompArchitecture, _ code: inout SeccompAssembler) {
    let fails = code.newLabel()
    for arg in rule.args { emit(arg, fails, whole: architecture.comparesWholeWords, &code) }
    code.return(rule.action)
    code.place(fails)
  }

  /// Goes on behind where the condition holds, and to `fails` where not. An argument is compared in two
  /// halves, of which the upper decides unless it is equal.
  private func emit(
    _ arg: LinuxSeccompArg, _ fails: SeccompAssembler.Label, whole: Bool, _ code: inout SeccompAssembler
  ) {
    // Both architectures this is built for are little-endian: the low half comes first.
    let low = Self.argsOffset + 8 * arg.index
    let holds = code.newLabel()
    let (fail, hold) = (SeccompAssembler.Target.label(fails), SeccompAssembler.Target.label(holds))
    // Bits outside the mask are of no account on either side.
    let value = arg.op == .maskedEqual ? arg.valueTwo & arg.value : arg.value
    if whole {
      let upper = UInt32(truncatingIfNeeded: value >> 32)
      code.load(offset: low + 4)
      switch arg.op {
      case .equalTo:
        code.jump(if: .equal, upper, else: fail)
      case .maskedEqual:
        code.and(UInt32(truncatingIfNeeded: arg.value >> 32))
        code.jump(if: .equal, upper, else: fail)
      case .notEqual:
        code.jump(if: .equal, upper, else: hold)
      case .greaterThan, .greaterEqual:
        code.jump(if: .above, upper, then: hold)
        code.jump(if: .equal, upper, else: fail)
      case .lessThan, .lessEqual:
        code.jump(if: .above, upper, then: fail)
        code.jump(if: .equal, upper, else: hold)
      }
    }
    let lower = UInt32(truncatingIfNeeded: value)
    code.load(offset: low)
    switch arg.op {
    case .equalTo: code.jump(if: .equal, lower, else: fail)
    case .maskedEqual:
      code.and(UInt32(truncatingIfNeeded: arg.value))
      code.jump(if: .equal, lower, else: fail)
    case .notEqual: code.jump(if: .equal, lower, then: fail)
    case .greaterThan: code.jump(if: .above, lower, else: fail)
    case .greaterEqual: code.jump(if: .atLeast, lower, else: fail)
    case .lessThan: code.jump(if: .atLeast, lower, then: fail)
    case .lessEqual: code.jump(if: .above, lower, then: fail)
    }
    code.place(holds)
  }
}

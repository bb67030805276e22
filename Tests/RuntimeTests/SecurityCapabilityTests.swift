import OCISpec
import Testing

@testable import Runtime

private func set(_ names: String...) -> CapabilitySet {
  names.reduce(into: []) { $0.formUnion(CapabilitySet(specName: "CAP_" + $1)!) }
}

private let everything = CapabilitySet(rawValue: (1 << 41) - 1)

@Suite struct CapabilityNames {
  @Test func numbersAreTheKernels() {
    #expect(set("CHOWN").rawValue == 1)
    #expect(set("SYS_ADMIN").rawValue == 1 << 21)
    #expect(set("CHECKPOINT_RESTORE").rawValue == 1 << 40)
  }

  @Test(arguments: [
    "NET_ADMIN", "cap_net_admin", "CAP_net_admin", "CAP_", "", "12", "CAP_12", "CAP_FOO", "ALL",
  ])
  func configurationSpellingIsStrict(name: String) {
    #expect(CapabilitySet(specName: name) == nil)
  }

  @Test(arguments: ["NET_ADMIN", "net_admin", "CAP_NET_ADMIN", "cap_net_admin", "Cap_Net_Admin"])
  func peopleSpellAsTheyLike(name: String) {
    #expect(CapabilitySet(flagName: name) == set("NET_ADMIN"))
  }

  @Test func namesComeBackInOrder() {
    let some: CapabilitySet = [set("SYS_ADMIN"), set("CHOWN"), CapabilitySet(number: 63)]
    #expect(some.names == ["CAP_CHOWN", "CAP_SYS_ADMIN"])
    #expect(CapabilitySet.containerDefault.names.count == 14)
    #expect(CapabilitySet.containerDefault.contains(set("NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP")))
  }

  @Test func availableIsWhatTheKernelSaysOfThisProcess() throws {
    let status = try textOfFile("/proc/self/status")
    func mask(_ key: String) throws -> UInt64 {
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(key) })
      return try #require(UInt64(line.split(separator: "\t")[1], radix: 16))
    }
    let expected = try mask("CapBnd:") & mask("CapPrm:")
    #expect(CapabilitySet.available(inOtherUserNamespace: false).rawValue == expected)
    let last = try #require(UInt64(textOfFile("/proc/sys/kernel/cap_last_cap").dropLast()))
    #expect(CapabilitySet.available(inOtherUserNamespace: true).rawValue == (1 << (last + 1)) - 1)
  }
}

@Suite struct CapabilityLowering {
  @Test func absentMeansNone() throws {
    let (masks, warnings) = try CapabilityMasks.lower(nil, available: everything)
    #expect(masks == CapabilityMasks())
    #expect(warnings.isEmpty)
  }

  @Test func eachSetGoesToItsMask() throws {
    let (masks, warnings) = try CapabilityMasks.lower(
      LinuxCapabilities(
        bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_TIME"], effective: ["CAP_CHOWN"],
        inheritable: ["CAP_KILL"], permitted: ["CAP_CHOWN", "CAP_KILL"], ambient: ["CAP_KILL"]),
      available: everything)
    #expect(
      masks
        == CapabilityMasks(
          bounding: 1 | 32 | 1 << 25, effective: 1, inheritable: 32, permitted: 33, ambient: 32))
    #expect(warnings.isEmpty)
  }

  @Test func whatTheMachineWithholdsIsAWarning() throws {
    let names = ["CAP_CHOWN", "CAP_SYS_RESOURCE"]
    let (masks, warnings) = try CapabilityMasks.lower(
      LinuxCapabilities(bounding: names, effective: names, permitted: names),
      available: everything.subtracting(set("SYS_RESOURCE")))
    #expect(masks == CapabilityMasks(bounding: 1, effective: 1, permitted: 1))
    #expect(warnings == ["process.capabilities: not available here, ignored: CAP_SYS_RESOURCE"])
  }

  /// What `runc spec` 1.1 writes.
  @Test func ambientWithoutInheritableIsAWarning() throws {
    let names = ["CAP_AUDIT_WRITE", "CAP_KILL"]
    let (masks, warnings) = try CapabilityMasks.lower(
      LinuxCapabilities(bounding: names, effective: names, permitted: names, ambient: names),
      available: everything)
    #expect(masks.ambient == 0)
    #expect(masks.permitted == 1 << 29 | 1 << 5)
    #expect(
      warnings == [
        "process.capabilities.ambient: not both permitted and inheritable, ignored: CAP_KILL CAP_AUDIT_WRITE"
      ])
  }

  static let wrong: [(LinuxCapabilities, String)] = [
    (
      LinuxCapabilities(bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_FOO"]),
      "process.capabilities.bounding[2]: unknown capability CAP_FOO"
    ),
    (LinuxCapabilities(ambient: ["KILL"]), "process.capabilities.ambient[0]: unknown capability KILL"),
    (
      LinuxCapabilities(effective: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL"]),
      "process.capabilities.effective[1]: CAP_CHOWN is not in permitted"
    ),
    (
      LinuxCapabilities(bounding: ["CAP_CHOWN"], inheritable: ["CAP_KILL"]),
      "process.capabilities.inheritable[0]: CAP_KILL is not in bounding"
    ),
  ]

  @Test(arguments: wrong)
  func whatTheKernelWouldRefuseIsAnError(capabilities: LinuxCapabilities, text: String) {
    let error = #expect(throws: SpecError.self) {
      try CapabilityMasks.lower(capabilities, available: everything)
    }
    #expect(error?.description == text)
  }
}

@Suite struct CapabilityFlags {
  struct Choice: Sendable {
    var add: [String] = []
    var drop: [String] = []
    var privileged = false
    var result: CapabilitySet
  }

  private static let standard = CapabilitySet.containerDefault
  static let choices: [Choice] = [
    Choice(result: standard),
    Choice(add: ["net_admin"], result: standard.union(set("NET_ADMIN"))),
    Choice(drop: ["CAP_MKNOD"], result: standard.subtracting(set("MKNOD"))),
    Choice(drop: ["ALL"], result: []),
    Choice(add: ["KILL"], drop: ["all"], result: set("KILL")),
    Choice(add: ["ALL"], result: everything),
    Choice(add: ["ALL"], drop: ["SYS_ADMIN"], result: everything.subtracting(set("SYS_ADMIN"))),
    Choice(add: ["ALL"], drop: ["ALL"], result: everything),
    // Drops go first: what is dropped and added is there.
    Choice(add: ["KILL"], drop: ["KILL"], result: standard),
    Choice(drop: ["ALL"], privileged: true, result: everything),
  ]

  @Test(arguments: choices)
  func arithmeticIsDockers(choice: Choice) throws {
    let chosen = try CapabilitySet.chosen(
      add: choice.add, drop: choice.drop, privileged: choice.privileged, available: everything)
    #expect(chosen == choice.result)
  }

  @Test func onlyWhatIsAvailableIsGiven() throws {
    let available = everything.subtracting(set("SYS_RESOURCE", "KILL"))
    #expect(try CapabilitySet.chosen(privileged: true, available: available) == available)
    #expect(try CapabilitySet.chosen(add: ["ALL"], available: available) == available)
    #expect(
      try CapabilitySet.chosen(available: available)
        == CapabilitySet.containerDefault.subtracting(set("KILL")))
    // Dropping what one cannot have anyhow is no mistake.
    #expect(throws: Never.self) { try CapabilitySet.chosen(drop: ["SYS_RESOURCE"], available: available) }
    let error = #expect(throws: Failure.self) {
      try CapabilitySet.chosen(add: ["SYS_RESOURCE", "CHOWN"], available: available)
    }
    #expect(error?.description.hasPrefix("--cap-add CAP_SYS_RESOURCE: not available on this machine") == true)
  }

  @Test func unknownNameIsAnError() {
    let error = #expect(throws: Failure.self) {
      try CapabilitySet.chosen(drop: ["WINGS"], available: everything)
    }
    #expect(
      error?.description == "--cap-drop WINGS: unknown capability (names are listed in capabilities(7))")
  }

  @Test func onlyRootHoldsThemAtOnce() {
    #expect(
      set("KILL").specification(uid: 0)
        == LinuxCapabilities(bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]))
    #expect(set("KILL").specification(uid: 7) == LinuxCapabilities(bounding: ["CAP_KILL"]))
  }
}

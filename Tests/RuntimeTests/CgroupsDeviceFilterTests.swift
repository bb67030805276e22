import OCISpec
import Testing

@testable import Runtime

/// Executes a device filter as the kernel would, strictly: an unknown opcode or a wild jump is a failure.
private func run(_ program: [UInt64], kind: UInt64, access: UInt64, major: UInt64, minor: UInt64) -> UInt64? {
  let context = [UInt32(access << 16 | kind), UInt32(major), UInt32(minor)]
  var registers = [UInt64](repeating: 0xdead_beef_dead_beef, count: 16)
  let contextAddress: UInt64 = 0x7fff_0000_0000
  registers[1] = contextAddress
  var next = 0
  var steps = 0
  while next < program.count, steps < 4096 {
    let word = program[next]
    next += 1
    steps += 1
    let destination = Int(word >> 8 & 15)
    let source = Int(word >> 12 & 15)
    let offset = Int(Int16(truncatingIfNeeded: word >> 16))
    let immediate = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: word >> 32)))
    switch word & 0xff {
    case 0x61:
      guard registers[source] == contextAddress, offset % 4 == 0, context.indices.contains(offset / 4) else {
        return nil
      }
      registers[destination] = UInt64(context[offset / 4])
    case 0x18:
      registers[destination] = immediate & 0xffff_ffff | program[next] & 0xffff_ffff_0000_0000
      next += 1
    case 0x4f: registers[destination] |= registers[source]
    case 0x67: registers[destination] <<= immediate
    case 0x5d: if registers[destination] != registers[source] { next += offset }
    case 0xb7: registers[destination] = immediate
    case 0xbf: registers[destination] = registers[source]
    case 0x57: registers[destination] &= immediate
    case 0x77: registers[destination] >>= immediate
    case 0x55: if registers[destination] != immediate { next += offset }
    case 0x15: if registers[destination] == immediate { next += offset }
    case 0x95: return registers[0]
    default: return nil
    }
  }
  return nil
}

/// What the rules mean, written down as plainly as possible: for each access, the last rule that speaks of it.
private func means(
  _ rules: [DeviceRule], _ kind: DeviceRule.Kind, _ access: DeviceRule.Access, _ major: UInt32,
  _ minor: UInt32
) -> Bool {
  for bit in [DeviceRule.Access.mknod, .read, .write] where access.contains(bit) {
    let decisive = rules.last {
      ($0.kind == .any || $0.kind == kind) && ($0.major ?? major) == major && ($0.minor ?? minor) == minor
        && $0.access.contains(bit)
    }
    if decisive?.allow != true { return false }
  }
  return true
}

private func allows(
  _ filter: DeviceFilter, _ kind: DeviceRule.Kind, _ major: UInt32, _ minor: UInt32,
  _ access: DeviceRule.Access
) -> Bool? {
  run(
    filter.program, kind: kind == .block ? 1 : 2, access: UInt64(access.rawValue), major: UInt64(major),
    minor: UInt64(minor)
  ).map { $0 == 1 }
}

@Suite struct CgroupsDeviceFilterTests {
  private let denyAll = LinuxDeviceCgroup(allow: false, access: "rwm")

  @Test func defaults() throws {
    let filter = try DeviceFilter(rules: [denyAll])
    for (major, minor) in [
      (1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, 0), (136, 77), (10, 200),
    ] {
      #expect(allows(filter, .character, UInt32(major), UInt32(minor), [.read, .write, .mknod]) == true)
      #expect(allows(filter, .block, UInt32(major), UInt32(minor), .read) == false)
    }
    #expect(allows(filter, .character, 1, 11, .read) == false)
    #expect(allows(filter, .character, 1, 11, .mknod) == true)
    #expect(allows(filter, .block, 8, 0, .mknod) == true)
    #expect(allows(filter, .block, 8, 0, [.mknod, .read]) == false)
  }

  @Test func anEngineThatSendsTheDefaultsItselfMakesNoLongerProgram() throws {
    let docker = [
      denyAll, LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 5, access: "rwm"),
      LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
      LinuxDeviceCgroup(allow: true, type: "c", major: 5, minor: 1, access: "rwm"),
      LinuxDeviceCgroup(allow: false, type: "c", major: 10, minor: 229, access: "rwm"),
    ]
    #expect(try DeviceFilter(rules: docker) == DeviceFilter(rules: [denyAll]))
    #expect(try DeviceFilter(rules: []) == DeviceFilter(rules: [denyAll]))
  }

  @Test func aTotalRuleForgetsWhatCameBefore() throws {
    let everything = LinuxDeviceCgroup(allow: true, type: "a", major: -1, minor: -1, access: "mrw")
    #expect(try DeviceFilter(rules: [denyAll, everything]).allowsEverything)
    #expect(try !DeviceFilter(rules: [everything, denyAll]).allowsEverything)
    let filter = try DeviceFilter(
      rules: [everything, LinuxDeviceCgroup(allow: false, type: "b", major: 8, access: "w")])
    #expect(allows(filter, .block, 8, 3, .write) == false)
    #expect(allows(filter, .block, 8, 3, [.read, .write]) == false)
    #expect(allows(filter, .block, 8, 3, .read) == true)
    #expect(allows(filter, .character, 8, 3, .write) == true)
  }

  @Test func aLaterRulePunchesAHoleIntoAWildcard() throws {
    let filter = try DeviceFilter(
      rules: [
        denyAll, LinuxDeviceCgroup(allow: true, type: "b", access: "rw"),
        LinuxDeviceCgroup(allow: false, type: "b", major: 8, minor: 1, access: "w"),
      ])
    #expect(allows(filter, .block, 8, 1, .read) == true)
    #expect(allows(filter, .block, 8, 1, [.read, .write]) == false)
    #expect(allows(filter, .block, 8, 2, [.read, .write]) == true)
  }

  @Test func accessesOfSeveralRulesAddUp() throws {
    let filter = try DeviceFilter(
      rules: [
        LinuxDeviceCgroup(allow: true, type: "c", major: 10, minor: 1, access: "r"),
        LinuxDeviceCgroup(allow: true, type: "c", major: 10, access: "w"),
      ])
    #expect(allows(filter, .character, 10, 1, [.read, .write]) == true)
    #expect(allows(filter, .character, 10, 2, [.read, .write]) == false)
  }

  @Test func theLargestNumbersAreToldApart() throws {
    let filter = try DeviceFilter(
      rules: [LinuxDeviceCgroup(allow: true, type: "b", major: 4095, minor: 1_048_575, access: "rwm")])
    #expect(allows(filter, .block, 4095, 1_048_575, .read) == true)
    #expect(allows(filter, .block, 4094, 1_048_575, .read) == false)
    #expect(allows(filter, .block, 4095, 1_048_574, .read) == false)
    #expect(allows(filter, .character, 4095, 1_048_575, .read) == false)
  }

  /// 2,000 random filters, each asked about every device and access its numbers can tell apart.
  @Test func programsMeanWhatTheirRulesMean() {
    var generator = SplitMix(state: 42)
    for _ in 0..<2000 {
      let rules = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
        DeviceRule(
          allow: .random(using: &generator),
          [.any, .block, .character].randomElement(using: &generator)!,
          major: [nil, 0, 1, 2].randomElement(using: &generator)!,
          minor: [nil, 0, 1].randomElement(using: &generator)!,
          DeviceRule.Access(rawValue: .random(in: 1...7, using: &generator)))
      }
      let filter = DeviceFilter(rules)
      for kind in [DeviceRule.Kind.block, .character] {
        for major: UInt32 in 0...3 {
          for minor: UInt32 in 0...2 {
            for access: UInt32 in 1...7 {
              let access = DeviceRule.Access(rawValue: access)
              let expected = means(rules, kind, access, major, minor)
              if allows(filter, kind, major, minor, access) != expected {
                Issue.record("\(rules) on \(kind) \(major):\(minor) \(access): should be \(expected)")
                return
              }
            }
          }
        }
      }
    }
  }

  @Test(arguments: [
    (LinuxDeviceCgroup(allow: true, type: "x", access: "r"), "type: `x` is none of a, b and c"),
    (LinuxDeviceCgroup(allow: true, type: "c"), "access: must have some of r, w and m"),
    (LinuxDeviceCgroup(allow: true, access: "rx"), "access: `rx` has a letter other than r, w and m"),
    (LinuxDeviceCgroup(allow: true, major: -2, access: "r"), "major: -2 is no device number"),
    (LinuxDeviceCgroup(allow: true, major: 4096, access: "r"), "major: 4096 is no device number"),
    (LinuxDeviceCgroup(allow: true, minor: 1 << 20, access: "r"), "minor: 1048576 is no device number"),
  ])
  func refusals(rule: LinuxDeviceCgroup, text: String) {
    let error = #expect(throws: Failure.self) {
      try CgroupsCanned.lower(LinuxResources(devices: [denyAll, rule]), CgroupsCanned.unified)
    }
    #expect(error?.description == "linux.resources.devices[1]." + text)
  }
}

/// A small generator that gives the same numbers in every run. Source: Steele, Lea, Flood, 2014.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

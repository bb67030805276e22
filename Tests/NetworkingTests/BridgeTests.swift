import Glibc
import Runtime
import Testing

@testable import Networking

@Suite struct BridgeTests {
  private let plan = BridgePlan(
    name: "swbr0", addresses: [InterfaceAddress("172.17.0.1/16")!],
    hardwareAddress: HardwareAddress("02:42:ac:11:00:01")!)
  private var plan6: BridgePlan {
    var plan = plan
    plan.addresses.append(InterfaceAddress("fd00:17::1/64")!)
    plan.usesIPv6 = true
    plan.mtu = 1400
    return plan
  }
  private let ready4: [Int: UInt32] = [25: 1]
  private let disabled6: [Int: UInt32] = [26: 1]

  /// Returns whether it was made, and the parameters that were set.
  private func ensure(_ plan: BridgePlan, _ kernel: CannedKernel) throws -> (Bool, [String]) {
    var settings: [String] = []
    let isMade = try BridgeBuilder(plan, kernel) { settings.append($0.assignment($1)) }.ensure()
    #expect(kernel.isDone)
    return (isMade, settings)
  }

  @Test func whereNothingIsMissingNothingIsChanged() throws {
    let kernel = CannedKernel([
      [[Canned.link(7, "swbr0", kind: "bridge", ipv4: ready4, ipv6: disabled6), Canned.ack()]],
      [[Canned.address("172.17.0.1/16", on: 7), Canned.done]],
    ])
    let (isMade, settings) = try ensure(plan, kernel)
    #expect(!isMade && settings == [])
    // Two questions, and no more: each start of a container pays for them.
    #expect(kernel.asked.map { $0.map(\.type) } == [[Netlink.getLink], [Netlink.getAddress]])
  }

  /// As iproute2 puts it: `ip link add swbr0 address … mtu 1400 type bridge forward_delay 0 stp_state 0`.
  @Test func aNewBridgeIsMadeCompletely() throws {
    let kernel = CannedKernel([
      [[Canned.ack(ENODEV)]], [[Canned.ack()]],
      [[Canned.link(7, "swbr0", kind: "bridge", isUp: false, ipv6: [3: 1]), Canned.ack()]],
      [[], [], [], [Canned.ack()]],
    ])
    let (isMade, settings) = try ensure(plan6, kernel)
    #expect(isMade)
    #expect(settings == ["net.ipv6.conf.swbr0.forwarding=1", "net.ipv6.conf.swbr0.accept_ra=0"])
    #expect(
      kernel.datagrams[1]
        == hex(
          """
          64000000 1000 0506 02000000 00000000
          00000000 00000000 00000000 00000000
          0a000300 7377627230000000
          0a000100 0242ac1100010000
          08000400 78050000
          24001280
            0b000100 62726964676500 00
            14000280 08000100 00000000 08000500 00000000
          """))
    #expect(
      kernel.datagrams[3]
        == hex(
          """
          30000000 1400 0106 04000000 00000000
          02100000 07000000 08000200 ac110001 08000100 ac110001 08000400 ac11ffff
          48000000 1400 0106 05000000 00000000
          0a400200 07000000
          14000200 fd000017000000000000000000000001 14000100 fd000017000000000000000000000001
          08000800 02000000
          40000000 1300 0100 06000000 00000000
          00000000 00000000 00000000 00000000
          0a000300 7377627230000000
          14001a80 10000280 0c000180 08001a00 01000000
          20000000 1300 0500 07000000 00000000
          00000000 07000000 01000000 01000000
          """))
  }

  @Test func whatIsMissingIsMadeUpFor() throws {
    let kernel = CannedKernel([
      [[Canned.link(7, "swbr0", kind: "bridge", isUp: false, ipv4: ready4, ipv6: [:]), Canned.ack()]],
      [
        [
          // One of another size, and another device's.
          Canned.address("172.17.0.1/24", on: 7), Canned.address("172.17.0.1/16", on: 8), Canned.done,
        ]
      ],
      // Somebody else was faster with the address.
      [[Canned.ack(EEXIST)], [Canned.ack()]],
    ])
    let (isMade, settings) = try ensure(plan, kernel)
    #expect(!isMade && settings == ["net.ipv6.conf.swbr0.disable_ipv6=1"])
    #expect(kernel.asked[2].map(\.type) == [Netlink.newAddress, Netlink.setLink])
  }

  @Test func somebodyElseMayMakeItMeanwhile() throws {
    let kernel = CannedKernel([
      [[Canned.ack(ENODEV)]], [[Canned.ack(EEXIST)]],
      [[Canned.link(7, "swbr0", kind: "bridge", ipv4: ready4, ipv6: disabled6), Canned.ack()]],
      [[Canned.address("172.17.0.1/16", on: 7), Canned.done]],
    ])
    #expect(try ensure(plan, kernel) == (false, []))
  }

  @Test func withoutIPv6InTheKernelThereIsNothingToSwitchOff() throws {
    let kernel = CannedKernel([
      [[Canned.link(7, "swbr0", kind: "bridge", ipv4: ready4), Canned.ack()]],
      [[Canned.address("172.17.0.1/16", on: 7), Canned.done]],
    ])
    #expect(try ensure(plan, kernel) == (false, []))
  }

  @Test func whatIsNoBridgeIsRefused() {
    let kernel = CannedKernel([[[Canned.link(7, "swbr0", kind: "veth"), Canned.ack()]]])
    #expect(
      throws: Failure(
        "bridge swbr0",
        reason: "there is a network device of that name, and it is no bridge but of the kind veth")
    ) { _ = try ensure(plan, kernel) }
    #expect(kernel.asked.count == 1)
  }

  @Test func aRefusalSaysWhatFor() {
    let kernel = CannedKernel([
      [[Canned.link(7, "swbr0", kind: "bridge", isUp: false, ipv4: ready4, ipv6: disabled6), Canned.ack()]],
      [[Canned.done]], [[Canned.ack(EPERM)], [Canned.ack()]],
    ])
    #expect(throws: Failure("bridge swbr0: give it the address 172.17.0.1/16", errno: EPERM)) {
      _ = try ensure(plan, kernel)
    }
  }

  @Test func onlyItsOwnKindIsRemoved() throws {
    func remove(_ kernel: CannedKernel) throws {
      try Links.remove("swbr0", kind: "bridge", LinkConversation(kernel, about: "bridge swbr0"))
    }
    let kernel = CannedKernel([
      [[Canned.link(7, "swbr0", kind: "bridge"), Canned.ack()]], [[Canned.ack()]],
    ])
    try remove(kernel)
    #expect(kernel.asked[1][0].type == Netlink.deleteLink)
    #expect(kernel.asked[1][0].payload == NetlinkLink.fixed(index: 7))
    try remove(CannedKernel([[[Canned.ack(ENODEV)]]]))
    try remove(
      CannedKernel([[[Canned.link(7, "swbr0", kind: "bridge"), Canned.ack()]], [[Canned.ack(ENODEV)]]]))
    let other = CannedKernel([[[Canned.link(7, "swbr0"), Canned.ack()]]])
    #expect(
      throws: Failure("bridge swbr0", reason: "there is a network device of that name, and it is no bridge")
    ) { try remove(other) }
  }

  @Test func commands() {
    #expect(
      plan6.shell == [
        "ip link add swbr0 address 02:42:ac:11:00:01 mtu 1400 type bridge forward_delay 0 stp_state 0",
        "sysctl -w net.ipv6.conf.swbr0.forwarding=1", "sysctl -w net.ipv6.conf.swbr0.accept_ra=0",
        "ip addr add 172.17.0.1/16 brd + dev swbr0", "ip addr add fd00:17::1/64 nodad dev swbr0",
        "sysctl -w net.ipv4.conf.swbr0.route_localnet=1", "ip link set swbr0 up",
      ])
    var odd = plan
    odd.name = "a.b"
    #expect(odd.shell[1] == "sysctl -w net.ipv6.conf.a/b.disable_ipv6=1")
  }
}

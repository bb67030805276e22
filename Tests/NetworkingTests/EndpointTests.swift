import Glibc
import Runtime
import Testing

@testable import Networking

@Suite struct EndpointTests {
  private let plan = EndpointPlan(
    hostName: "veth1a2b3c4", bridge: "swbr0", hardwareAddress: HardwareAddress("02:42:ac:11:00:02")!,
    addresses: [InterfaceAddress("172.17.0.2/16")!], gateways: [IPAddress("172.17.0.1")!])
  private var plan6: EndpointPlan {
    var plan = plan
    plan.addresses.append(InterfaceAddress("fd00:17::2/64")!)
    plan.gateways.append(IPAddress("fd00:17::1")!)
    plan.mtu = 1400
    return plan
  }
  private let bridge = [Canned.link(7, "swbr0", kind: "bridge"), Canned.ack()]
  private let inside = [Canned.link(3, "eth0", kind: "veth", isUp: false), Canned.ack()]

  private func connect(
    _ plan: EndpointPlan, host: CannedKernel, inside: CannedKernel, refusing: Failure? = nil
  ) throws -> [String] {
    var settings: [String] = []
    try EndpointBuilder(plan, namespace: 9, host: host, inside: inside) {
      settings.append($0.assignment($1))
      if let refusing { throw refusing }
    }
    .connect()
    #expect(host.isDone && inside.isDone)
    return settings
  }

  @Test func byteByByte() throws {
    let host = CannedKernel([[bridge], [[Canned.ack()]], [[], [], [Canned.ack()]]])
    let inside = CannedKernel([[[], self.inside], [[], [], [], [], [Canned.ack()]]])
    #expect(try connect(plan6, host: host, inside: inside) == ["net.ipv6.conf.eth0.accept_ra=0"])
    #expect(
      host.datagrams[1]
        == hex(
          """
          b0000000 1000 0506 02000000 00000000
          00000000 00000000 00000000 00000000
          10000300 766574683161326233633400
          08000a00 07000000 08001f00 01000000 08002000 01000000 08000400 78050000
          60001280
            09000100 7665746800000000
            50000280
              4c000100 00000000 00000000 00000000 00000000
                09000300 6574683000000000
                0a000100 0242ac1100020000
                08001c00 09000000
                08001f00 01000000 08002000 01000000 08000400 78050000
          """))
    #expect(
      host.datagrams[2]
        == hex(
          """
          40000000 1300 0100 03000000 00000000
          00000000 00000000 00000000 00000000
          10000300 766574683161326233633400
          10001a80 0c000a80 05000800 01000000
          4c000000 1000 0100 04000000 00000000
          00000000 00000000 00000000 00000000
          10000300 766574683161326233633400
          1c001280
            0b000400 62726964676500 00
            0c000580 05000400 01000000
          30000000 1300 0500 05000000 00000000
          00000000 00000000 01000000 01000000
          10000300 766574683161326233633400
          """))
    // Addresses before it is up, routes after.
    #expect(
      inside.asked.map { $0.map(\.type) } == [
        [Netlink.setLink, Netlink.getLink],
        [
          Netlink.newAddress, Netlink.newAddress, Netlink.setLink, Netlink.newRoute, Netlink.newRoute,
        ],
      ])
    #expect(inside.asked[0][0].payload == NetlinkLink.fixed(index: 1, flags: 1, change: 1))
    #expect(inside.asked[1][2].payload == NetlinkLink.fixed(index: 3, flags: 1, change: 1))
    #expect(
      inside.asked[1][3].bytes
        == hex(
          """
          2c000000 1800 0106 06000000 00000000
          02000000 fe030001 00000000 08000500 ac110001 08000400 03000000
          """))
    #expect(
      inside.asked[1][4].bytes
        == hex(
          """
          38000000 1800 0506 07000000 00000000
          0a000000 fe030001 00000000 14000500 fd000017000000000000000000000001 08000400 03000000
          """))
  }

  @Test func withoutIPv6TheDeviceHasNone() throws {
    let host = CannedKernel([[bridge], [[Canned.ack()]], [[], [], [Canned.ack()]]])
    let inside = CannedKernel([[[], self.inside], [[], [], [Canned.ack()]]])
    #expect(try connect(plan, host: host, inside: inside) == ["net.ipv6.conf.eth0.disable_ipv6=1"])
  }

  @Test func aKernelWithoutIPv6IsNoHindrance() throws {
    let host = CannedKernel([[bridge], [[Canned.ack()]], [[Canned.ack(EAFNOSUPPORT)], [], [Canned.ack()]]])
    let inside = CannedKernel([[[], self.inside], [[], [], [Canned.ack()]]])
    _ = try connect(
      plan, host: host, inside: inside, refusing: Failure("open", "/proc/sys/net/…", errno: ENOENT))
  }

  @Test func aSecondOneMakesNoDefaultRoute() throws {
    var plan = plan
    plan.gateways = []
    plan.insideName = "eth1"
    let host = CannedKernel([[bridge], [[Canned.ack()]], [[], [], [Canned.ack()]]])
    let inside = CannedKernel([[[], [Canned.link(4, "eth1"), Canned.ack()]], [[], [Canned.ack()]]])
    _ = try connect(plan, host: host, inside: inside)
    #expect(!inside.asked.joined().contains { $0.type == Netlink.newRoute })
  }

  @Test func afterARefusalNothingIsLeft() {
    let host = CannedKernel([[bridge], [[Canned.ack()]], [[], [], [Canned.ack()]], [[Canned.ack()]]])
    let inside = CannedKernel([[[], self.inside], [[], [], [Canned.ack(ENETUNREACH)]]])
    #expect(
      throws: Failure(
        "container's device eth0: make the default route through 172.17.0.1", errno: ENETUNREACH)
    ) { _ = try connect(plan, host: host, inside: inside) }
    #expect(host.asked.count == 4)
    let last = host.asked.last?.first
    #expect(last?.type == Netlink.deleteLink)
    #expect(last?.attributes(behind: 16) == [NetlinkAttribute(Netlink.Link.name, "veth1a2b3c4")])
  }

  @Test func whatWasNotMadeIsNotRemoved() {
    // The device of that name is somebody else's.
    let host = CannedKernel([[bridge], [[Canned.ack(EEXIST)]]])
    #expect(throws: Failure("veth veth1a2b3c4: make it, with eth0 in the container", errno: EEXIST)) {
      _ = try connect(plan, host: host, inside: CannedKernel([]))
    }
    #expect(host.asked.count == 2)
  }

  @Test func withoutABridgeNothingIsMade() {
    #expect(throws: Failure("bridge swbr0", reason: "it is not there", errno: ENODEV)) {
      _ = try connect(plan, host: CannedKernel([[[Canned.ack(ENODEV)]]]), inside: CannedKernel([]))
    }
  }

  @Test func commands() {
    #expect(
      plan6.shell(pid: 42) == [
        "ip link add veth1a2b3c4 master swbr0 numtxqueues 1 numrxqueues 1 mtu 1400 type veth peer name eth0 "
          + "address 02:42:ac:11:00:02 numtxqueues 1 numrxqueues 1 mtu 1400 netns 42",
        "ip link set veth1a2b3c4 addrgenmode none",
        "ip link set veth1a2b3c4 type bridge_slave hairpin on", "ip link set veth1a2b3c4 up",
        "nsenter -t 42 -n ip link set lo up", "nsenter -t 42 -n sysctl -w net.ipv6.conf.eth0.accept_ra=0",
        "nsenter -t 42 -n ip addr add 172.17.0.2/16 brd + dev eth0",
        "nsenter -t 42 -n ip addr add fd00:17::2/64 nodad dev eth0",
        "nsenter -t 42 -n ip link set eth0 up",
        "nsenter -t 42 -n ip route add default via 172.17.0.1 dev eth0",
        "nsenter -t 42 -n ip -6 route add default via fd00:17::1 dev eth0",
      ])
    #expect(plan.shell()[4] == "nsenter -t $PID -n ip link set lo up")
    #expect(plan.shell()[5] == "nsenter -t $PID -n sysctl -w net.ipv6.conf.eth0.disable_ipv6=1")
  }
}

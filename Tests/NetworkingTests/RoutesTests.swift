import Glibc
import Runtime
import Testing

@testable import Networking

/// The same numbers each time.
private struct Counter: RandomNumberGenerator {
  var number: UInt64 = 0
  mutating func next() -> UInt64 {
    number &+= 0x9e37_79b9_7f4a_7c15
    return number
  }
}

@Suite struct RoutesTests {
  @Test func destinationsOfTheHost() throws {
    let kernel = CannedKernel([
      [
        [
          Canned.route("0.0.0.0/0"), Canned.route("10.8.0.0/24", device: 5),
          Canned.route("10.9.0.0/16", table: 52),
          Canned.route("172.16.0.0/12", device: nil), Canned.route("192.168.7.255/32", table: 255),
          // A default route in parts, as VPNs make it.
          Canned.route("0.0.0.0/1"), Canned.route("128.0.0.0/1"), Canned.route("2000::/3"),
          Canned.route("fd00:5::/64"), Canned.route("ff00::/8", table: 255), Canned.done,
        ]
      ],
      [[Canned.address("192.168.7.4/24", on: 2), Canned.address("fd00:5::1/64", on: 2), Canned.done]],
    ])
    #expect(
      try Routes.all(kernel).map { "\($0.subnet) \($0.device ?? 0)" } == [
        "10.8.0.0/24 5", "10.9.0.0/16 2", "172.16.0.0/12 0", "fd00:5::/64 2", "192.168.7.0/24 2",
      ])
  }

  @Test func brokenRoutesAreLeftOut() {
    var route = Canned.route("10.0.0.0/8")
    route.payload[1] = 33
    #expect(RouteEntry(route) == nil)
    route.payload = [2, 8]
    #expect(RouteEntry(route) == nil)
  }

  @Test func theFirstFreeSubnet() throws {
    func find(_ taken: String...) throws -> String {
      try FreeSubnet.find(besides: taken.map { Subnet($0)! }).description
    }
    #expect(try find() == "172.17.0.0/16")
    #expect(try find("172.17.3.0/24", "172.18.0.0/15") == "172.20.0.0/16")
    #expect(try find("172.16.0.0/12") == "192.168.0.0/20")
    #expect(try find("172.16.0.0/12", "192.168.1.0/24", "fd00::/8") == "192.168.16.0/20")
    #expect(FreeSubnet.candidates.count == 31 && FreeSubnet.candidates.last == Subnet("192.168.240.0/20"))
    #expect(throws: Failure.self) { _ = try find("172.16.0.0/12", "192.168.0.0/16") }
  }

  @Test func reservedSubnets() {
    #expect(ReservedSubnet.all.count == 9)
    #expect(ReservedSubnet.overlapping(Subnet("127.3.0.0/16")!)?.purpose == "loopback")
    #expect(ReservedSubnet.overlapping(Subnet("fe80:1::/64")!)?.purpose == "link-local addresses")
    #expect(FreeSubnet.candidates.allSatisfy { ReservedSubnet.overlapping($0) == nil })
    #expect(ReservedSubnet.overlapping(Subnet("fd00:1::/64")!) == nil)
  }
}

@Suite struct ForwardingTests {
  private func ensure(_ values: [String: String], ipv6: Bool, advertised: [String] = []) throws -> (
    told: [String], written: [String]
  ) {
    var written: [String] = []
    let told = try Forwarding.ensure(
      ipv6: ipv6, advertised: { advertised }, read: { values[$0.path] },
      set: { written.append("\($0.path)=\($1)") })
    return (told, written)
  }

  @Test func onlyWhatIsOffIsSwitchedOn() throws {
    let on = ["ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1"]
    #expect(try ensure(on, ipv6: true) == ([], []))
    let off = ["ipv4/ip_forward": "0", "ipv6/conf/all/forwarding": "0"]
    #expect(try ensure(off, ipv6: false) == (["net.ipv4.ip_forward=1"], ["ipv4/ip_forward=1"]))
    #expect(
      try ensure(off, ipv6: true).told == ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"])
    // Without IPv6 in the kernel.
    #expect(try ensure(["ipv4/ip_forward": "1"], ipv6: true) == ([], []))
  }

  /// A host that forwards would no longer listen to its own router.
  @Test func theHostKeepsItsRouter() throws {
    let values = [
      "ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "0", "ipv6/conf/eth0.7/accept_ra": "1",
      "ipv6/conf/eth1/accept_ra": "0",
    ]
    #expect(
      try ensure(values, ipv6: true, advertised: ["eth0.7", "eth1"]) == (
        ["net.ipv6.conf.eth0/7.accept_ra=2", "net.ipv6.conf.all.forwarding=1"],
        ["ipv6/conf/eth0.7/accept_ra=2", "ipv6/conf/all/forwarding=1"]
      ))
  }
}

@Suite struct LinkTests {
  @Test func asTold() throws {
    let link = try #require(Link(Canned.link(9, "veth1", kind: "veth", master: 7)))
    #expect(link.index == 9 && link.name == "veth1" && link.kind == "veth" && link.master == 7)
    #expect(link.isUp && link.mtu == 1500)
    #expect(link.hardwareAddress == HardwareAddress("02:42:00:00:00:09"))
    #expect(Link(Canned.done) == nil)
  }

  @Test(arguments: ["a", "swbr-1a2b3c4d5e", "a.b"])
  func names(_ text: String) { #expect(Links.isName(text)) }

  @Test(arguments: ["", ".", "..", "a/b", "a b", "sixteen.letters.", "eth0:1", "a%d", "a\n"])
  func noNames(_ text: String) { #expect(!Links.isName(text)) }

  @Test(arguments: ["10.0.0.3/8", "fd00::2/64"])
  func interfaceAddresses(_ text: String) { #expect(InterfaceAddress(text)?.description == text) }

  @Test(arguments: ["10.0.0.3", "10.0.0.3/33", "fd00::2/", "/8"])
  func noInterfaceAddresses(_ text: String) { #expect(InterfaceAddress(text) == nil) }
}

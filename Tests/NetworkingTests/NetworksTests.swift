import Glibc
import Runtime
import Testing

@testable import Networking

@Suite struct NetworksTests {
  let scratch = NetworkScratch()
  var networks: Networks { scratch.networks }

  @Test func comesBack() throws {
    let made = try scratch.make("front") {
      $0.subnets = ["fd00:1::/64", "10.1.0.0/24"]
      $0.gateways = ["10.1.0.254"]
      $0.ranges = ["10.1.0.128/25"]
      $0.usesIPv6 = true
      $0.isInternal = true
      $0.labels = ["a": "b"]
      $0.options = [BridgeOptions.mtu: "1400", BridgeOptions.name: "front0"]
    }
    #expect(try networks.find("front") == made)
    #expect(
      made.ip4
        == NetworkSubnet(
          Subnet("10.1.0.0/24")!, gateway: IPAddress("10.1.0.254")!, range: Subnet("10.1.0.128/25")))
    #expect(made.ip6?.gateway == IPAddress("fd00:1::1"))
    #expect(made.mtu == 1400 && made.bridgeName == "front0" && made.id.utf8.count == 64)
    #expect(Files.names(in: scratch.folder) == ["front"])
  }

  @Test func chosenSubnets() throws {
    #expect(try networks.usual().ip4?.subnet == Subnet("172.17.0.0/16"))
    let made = try scratch.make("a") { $0.usesIPv6 = true }
    #expect(made.ip4?.subnet == Subnet("172.18.0.0/16"))
    #expect(made.ip4?.gateway == IPAddress("172.18.0.1"))
    let six = try #require(made.ip6)
    #expect(Subnet("fd00::/8")!.contains(six.subnet) && six.subnet.prefix == 64)
    #expect(made.bridgeName == "swbr" + made.id.prefix(8))
    _ = try scratch.make("b")
    #expect(words { _ = try scratch.make("c") } == "no more")
    #expect(Files.names(in: scratch.folder).sorted() == ["a", "b", "bridge"])
  }

  @Test func usual() throws {
    #expect(try networks.find("default") == networks.find("bridge"))
    let before = try networks.find("bridge")
    #expect(before.created.isEmpty && before.subnets.isEmpty)
    var told: [String] = []
    let made = try networks.usual { told.append($0.name) }
    #expect(try networks.usual { told.append($0.name) } == made)
    #expect(told == ["bridge"])
    #expect(made.id == before.id && made.bridgeName == before.bridgeName)
    #expect(made.bridgeName.utf8.count <= 15)
    #expect(try networks.find("default") == made)
    let main = Networks(folder: "/var/lib/swiftainer/networks", hostSubnets: { [] }, choose: { $0[0] })
    #expect(main.predefined("bridge").bridgeName == "swiftainer0")
  }

  @Test func found() throws {
    let made = try scratch.make("a")
    #expect(try networks.find(made.id) == made)
    #expect(try networks.find(made.shortID) == made)
    #expect(networks.all().map(\.name) == ["a", "bridge", "host", "none"])
    #expect(try networks.find("host").driver == .host)
    #expect(try networks.find("none").driver == .null)
    for word in ["nope", "", "..", "../x", "a/b", "container:x"] {
      #expect(words { _ = try networks.find(word) } == "network \(word) not found")
      #expect(networks.isMissing(word))
    }
    #expect(!networks.isMissing("default") && !networks.isMissing("a") && !networks.isMissing(made.shortID))
  }

  @Test func ambiguous() throws {
    for name in ["one", "two"] {
      try Files.makeFolders(scratch.folder + "/" + name)
      try scratch.write(
        #"{"id":"abc\#(name == "one" ? 1 : 2)","bridge":"b\#(name)","subnets":[]}"#,
        to: "\(name)/network.json")
    }
    #expect(
      words { _ = try networks.find("abc") } == "network abc is ambiguous (2 matches found on ID prefix)")
    #expect(try networks.find("abc1").name == "one")
  }

  @Test(
    arguments: [
      ("bridge", "operation is not permitted on predefined bridge network"),
      ("host", "predefined host"), ("none", "predefined none"), ("default", "predefined default"),
      ("container:x", "invalid network name"), ("", "invalid network name"), (".x", "invalid network name"),
      ("a b", "invalid network name"), ("../a", "invalid network name"), ("ä", "invalid network name"),
    ])
  func refusedNames(_ name: String, _ text: String) {
    #expect(words { _ = try scratch.make(name) }?.contains(text) == true)
    #expect(Files.names(in: scratch.folder).isEmpty)
  }

  static let refused: [(subnets: [String], gateways: [String], ranges: [String], six: Bool, text: String)] = [
    (["10.0.0.0"], [], [], false, "not ADDRESS/BITS"), (["x/8"], [], [], false, "not ADDRESS/BITS"),
    (["10.0.0.1/24"], [], [], false, "it should be 10.0.0.0/24"),
    (["10.0.0.0/31"], [], [], false, "too small"), (["10.0.0.0/32"], [], [], false, "too small"),
    (["fd00::/64"], [], [], false, "give --ipv6"), (["fd00::/127"], [], [], true, "too small"),
    (["127.1.0.0/16"], [], [], false, "127.0.0.0/8"), (["0.0.0.0/0"], [], [], false, "0.0.0.0/8"),
    (["239.0.0.0/24"], [], [], false, "is reserved for "),
    (["fe80::/64"], [], [], true, "is reserved for "),
    (["10.0.0.0/24", "10.0.1.0/24"], [], [], false, "doesn't support multiple subnets"),
    ([], ["10.0.0.1"], [], false, "must have a corresponding subnet"),
    ([], [], ["10.0.0.0/25"], false, "must have a corresponding subnet"),
    (["10.0.0.0/24"], ["10.0.1.1"], [], false, "no matching subnet for gateway 10.0.1.1"),
    (["10.0.0.0/24"], ["10.0.0.0"], [], false, "no address of one device"),
    (["10.0.0.0/24"], ["10.0.0.255"], [], false, "no address of one device"),
    (["10.0.0.0/24"], ["x"], [], false, "not an IP address"),
    (["10.0.0.0/24", "fd00::/64"], ["10.0.0.1", "10.0.0.2"], [], true, "multiple gateways"),
    (["10.0.0.0/24"], [], ["10.0.1.0/25"], false, "no matching subnet for range 10.0.1.0/25"),
    (["10.0.0.0/24"], [], ["10.0.0.0/16"], false, "no matching subnet for range 10.0.0.0/16"),
    (["10.200.7.0/24"], [], [], false, "the host has a route to 10.200.0.0/16 already"),
    (["10.0.0.0/8"], [], [], false, "the host has a route to 10.200.0.0/16 already"),
  ]

  @Test(arguments: refused.indices)
  func refusedAddresses(_ index: Int) {
    let one = Self.refused[index]
    let text = words {
      _ = try scratch.make("a") {
        ($0.subnets, $0.gateways, $0.ranges, $0.usesIPv6) = (one.subnets, one.gateways, one.ranges, one.six)
      }
    }
    #expect(text?.contains(one.text) == true, "\(text ?? "nothing")")
    #expect(Files.names(in: scratch.folder).isEmpty)
  }

  @Test func overlaps() throws {
    _ = try scratch.make("a") { $0.subnets = ["10.1.0.0/16"] }
    for subnet in ["10.1.0.0/16", "10.1.2.0/24", "10.0.0.0/12"] {
      let text = words { _ = try scratch.make("b") { $0.subnets = [subnet] } }
      #expect(text?.contains("Pool overlaps with other one on this address space") == true)
    }
    _ = try scratch.make("b") { $0.subnets = ["10.2.0.0/16"] }
    #expect(words { _ = try scratch.make("a") } == "network with name a already exists")
  }

  @Test(
    arguments: [
      ("com.docker.network.nothing", "x", "unknown option"),
      (BridgeOptions.mtu, "many", "not a number of bytes"), (BridgeOptions.mtu, "67", "from 68 to 65535"),
      (BridgeOptions.name, "a/b", "no name of a device"),
      (BridgeOptions.name, "sixteenletters16", "no name of a device"),
      (BridgeOptions.name, "a\"b", "no name of a device"), (BridgeOptions.name, "br*", "no name of a device"),
      (BridgeOptions.name, "lo", "there is a device of that name already"),
      ("com.docker.network.bridge.enable_icc", "false", "only true is supported"),
    ])
  func refusedOptions(_ name: String, _ value: String, _ text: String) {
    #expect(words { _ = try scratch.make("a") { $0.options = [name: value] } }?.contains(text) == true)
  }

  @Test func bridgesAreNotShared() throws {
    _ = try scratch.make("a") { $0.options = [BridgeOptions.name: "shared0"] }
    let text = words { _ = try scratch.make("b") { $0.options = [BridgeOptions.name: "shared0"] } }
    #expect(text?.contains("networks have same bridge name") == true)
    // The usual network's is taken before that is made.
    let usual = networks.predefined(StoredNetwork.usualName).bridgeName
    let other = words { _ = try scratch.make("b") { $0.options = [BridgeOptions.name: usual] } }
    #expect(other?.contains("conflicts with network bridge: networks have same bridge name") == true)
  }

  @Test func whoCallsFromAnInternalOne() throws {
    let closed = InternalNetworks(networks)
    func isInside(_ address: String, _ device: String = "") -> Bool {
      closed.contains(RelayPeer(address: IPv6Address(address), device: device))
    }
    // Distinct times, without waiting for the clock: that of older kernels' files goes in steps.
    func setTime(_ seconds: Int) {
      let time = timespec(tv_sec: seconds, tv_nsec: 0)
      #expect(utimensat(AT_FDCWD, scratch.folder, [time, time], 0) == 0)
    }
    setTime(1)
    #expect(!isInside("fd00:1::2"))
    let network = try scratch.make("closed") {
      ($0.subnets, $0.usesIPv6, $0.isInternal) = (["10.1.0.0/16", "fd00:1::/64"], true, true)
    }
    _ = try scratch.make("open") { ($0.subnets, $0.usesIPv6) = (["10.2.0.0/16", "fd00:2::/64"], true) }
    setTime(2)
    // Its own address is the host's.
    #expect(isInside("fd00:1::2") && !isInside("fd00:1::1") && !isInside("fd00:2::2") && !isInside("::1"))
    #expect(isInside("fe80::2", network.bridgeName) && !isInside("fe80::2", "eth0"))
    // Made up, where it comes by such a device.
    for address in ["fd00:1::1", "fd00:2::2", "::1"] { #expect(isInside(address, network.bridgeName)) }
    #expect(closed.contains(RelayPeer(address: nil)))
    try networks.remove("closed", isAlive: { _ in false })
    setTime(3)
    #expect(!isInside("fd00:1::2"))
  }

  @Test func leftovers() throws {
    for name in [".new-a", ".old-b"] {
      try Files.makeFolders(scratch.folder + "/" + name)
      try scratch.write("half", to: name + "/network.json")
    }
    #expect(networks.made().isEmpty && networks.isMissing(".new-a"))
    #expect(try networks.cutShort().count == 2)
    _ = try scratch.make("a")
    #expect(Files.names(in: scratch.folder) == ["a"])
    try Files.makeFolders(scratch.folder + "/.new-b")
    #expect(try networks.cutShort() == [scratch.folder + "/.new-b"])
    try networks.removeCutShort()
    #expect(try networks.cutShort().isEmpty && networks.made().count == 1)
  }

  @Test func damage() throws {
    for (text, expected) in [
      ("{", "network.json"), (#"{"version": 9}"#, "it is of a later version of swiftainer"),
      (#"{"bridge": "x"}"#, "id: is required"),
      (
        #"{"id": "x", "bridge": "y", "subnets": [{"subnet": "1.2.3.0/24", "gateway": "4.5.6.7"}]}"#,
        "subnets[0].gateway"
      ),
    ] {
      try Files.makeFolders(scratch.folder + "/bad")
      try scratch.write(text, to: "bad/network.json")
      let said = words { _ = try networks.find("bad") }
      #expect(said?.contains(expected) == true && said?.contains("bad/network.json") == true, "\(said ?? "")")
      var warned = 0
      #expect(networks.all { _ in warned += 1 }.count == 3)
      #expect(warned == 1)
    }
  }

  @Test func manyAtOnce() async throws {
    let networks = networks
    let made = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 {
        group.addTask { (try? networks.create(NetworkRequest(name: "one"))) != nil }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(made == 1)
    #expect(Files.names(in: scratch.folder) == ["one"])
  }

  @Test func removal() throws {
    // A name that is the beginning of no ID.
    let network = try scratch.make("web")
    let leases = Leases(network)
    for number in 1...2 {
      _ = try leases.claim(for: LeaseRequest(container: NetworkScratch.id(number), name: "c\(number)")) { _ in
        true
      }
    }
    let living = NetworkScratch.id(1)
    #expect(
      words { try networks.remove("web", isAlive: { $0 == living }) }?
        .contains("error while removing network: network web has active endpoints (c1)") == true)
    #expect(try leases.all().map(\.name) == ["c1"])
    // What cannot be taken down stays.
    #expect(
      words { try networks.remove("web", isAlive: { _ in false }, takeDown: { _ in throw Failure("no") }) }
        == "no")
    var done: [String] = []
    try networks.remove(
      network.shortID, isAlive: { _ in false }, dispose: { done.append($0.name) },
      takeDown: { done.append($0.name) })
    #expect(done == ["web"])
    #expect(Files.names(in: scratch.folder).isEmpty)
    #expect(words { try networks.remove("web", isAlive: { _ in false }) } == "network web not found")
    #expect(
      words { try networks.remove("bridge", isAlive: { _ in false }) }
        == "bridge is a pre-defined network and cannot be removed")
    #expect(
      words { _ = try leases.claim(for: LeaseRequest(container: living, name: "c")) { _ in true } }
        == "network web not found")
  }
}

import Glibc
import Runtime
import Testing

@testable import Networking

@Suite struct LeasesTests {
  let scratch = NetworkScratch()

  func leases(_ change: (inout NetworkRequest) -> Void = { $0.subnets = ["10.1.0.0/29"] }) throws -> Leases {
    Leases(try scratch.make("net", change))
  }

  @discardableResult
  func claim(
    _ leases: Leases, _ number: Int, alive: Bool = true, _ change: (inout LeaseRequest) -> Void = { _ in }
  ) throws -> Lease {
    var request = LeaseRequest(container: NetworkScratch.id(number), name: "c\(number)")
    change(&request)
    return try leases.claim(for: request) { _ in alive }
  }

  @Test func lowestFree() throws {
    let leases = try leases()
    let found = try (1...3).map { try claim(leases, $0).ip4?.description }
    #expect(found == ["10.1.0.2", "10.1.0.3", "10.1.0.4"])
    #expect(try leases.release(NetworkScratch.id(2))?.ip4 == IPv4Address("10.1.0.3"))
    #expect(try leases.release(NetworkScratch.id(2)) == nil)
    #expect(try claim(leases, 4).ip4 == IPv4Address("10.1.0.3"))
    #expect(try claim(leases, 5).ip4 == IPv4Address("10.1.0.5"))
    #expect(try claim(leases, 6).ip4 == IPv4Address("10.1.0.6"))
    #expect(words { try claim(leases, 7) } == "network net: no available IPv4 addresses in 10.1.0.0/29")
    #expect(try leases.all().count == 5)
  }

  @Test func everythingComesBack() throws {
    let leases = try leases {
      $0.subnets = ["10.1.0.0/16", "fd00:1::/64"]
      $0.usesIPv6 = true
    }
    let port = PortBinding(address: IPAddress("::")!, hostPort: 8080, containerPort: 53, transport: .udp)
    let lease = try claim(leases, 1) {
      $0.hostname = "box"
      $0.aliases = ["db", "sql"]
      $0.hardwareAddress = HardwareAddress("02:00:00:00:00:07")
      $0.ip4 = IPv4Address("10.1.7.7")
      $0.ports = [port]
    }
    #expect(lease.ip4 == IPv4Address("10.1.7.7") && lease.ip6 == IPv6Address("fd00:1::2"))
    #expect(lease.hardwareAddress.description == "02:00:00:00:00:07" && lease.ports == [port])
    #expect(lease.hostDevice.hasPrefix("veth") && lease.hostDevice.utf8.count == 15)
    #expect(try leases.find(lease.container) == lease)
    #expect(try leases.all() == [lease])
    #expect(lease.endpointID(in: leases.network).utf8.count == 64)
    let plain = try claim(leases, 2)
    #expect(plain.hardwareAddress.description == "02:42:0a:01:00:02")
    #expect(plain.hostDevice != lease.hostDevice && plain.hostDevice.utf8.count == 15)
    #expect(try leases.all() == [lease, plain])
  }

  @Test func range() throws {
    let leases = try leases {
      $0.subnets = ["10.1.0.0/24"]
      $0.ranges = ["10.1.0.128/30"]
      $0.gateways = ["10.1.0.129"]
    }
    // The range is a part of the subnet: its first address and its last are as good as any.
    #expect(
      try (1...3).map { try claim(leases, $0).ip4?.description } == [
        "10.1.0.128", "10.1.0.130", "10.1.0.131",
      ])
    #expect(words { try claim(leases, 4) }?.contains("no available IPv4 addresses in 10.1.0.128/30") == true)
    #expect(try claim(leases, 4) { $0.ip4 = IPv4Address("10.1.0.9") }.ip4 == IPv4Address("10.1.0.9"))
  }

  @Test(
    arguments: [
      ("10.2.0.1", "invalid config for network net: no configured subnet contains IP address 10.2.0.1"),
      ("10.1.0.0", "Address already in use"), ("10.1.0.1", "Address already in use"),
      ("10.1.0.7", "Address already in use"), ("10.1.0.2", "Address already in use"),
    ])
  func refusedAddresses(_ address: String, _ text: String) throws {
    let leases = try leases()
    try claim(leases, 1)
    #expect(words { try claim(leases, 2) { $0.ip4 = IPv4Address(address) } }?.contains(text) == true)
    #expect(
      words { try claim(leases, 2) { $0.ip6 = IPv6Address("fd00::1") } }?.contains("no configured subnet")
        == true)
    let mac = HardwareAddress("02:42:0a:01:00:02")
    #expect(
      words { try claim(leases, 2) { $0.hardwareAddress = mac } }?.contains("Address already in use") == true)
    #expect(try leases.all().map(\.name) == ["c1"])
  }

  @Test func hardwareAddressesAreNotShared() throws {
    let leases = try leases()
    try claim(leases, 1) { $0.hardwareAddress = HardwareAddress("02:42:0a:01:00:03") }
    let second = try claim(leases, 2)
    #expect(second.ip4 == IPv4Address("10.1.0.3"))
    #expect(second.hardwareAddress.description != "02:42:0a:01:00:03" && second.hardwareAddress.isUsable)
    // Who does not clash has what goes with its address.
    #expect(try claim(leases, 3).hardwareAddress.description == "02:42:0a:01:00:04")
  }

  @Test func formerAddresses() throws {
    let leases = try leases()
    let wanted = IPv4Address("10.1.0.5")
    #expect(try claim(leases, 1) { $0.former4 = wanted }.ip4 == wanted)
    #expect(try claim(leases, 2) { $0.former4 = wanted }.ip4 == IPv4Address("10.1.0.2"))
    // One that is out of place meanwhile is no error.
    #expect(try claim(leases, 3) { $0.former4 = IPv4Address("10.9.0.1") }.ip4 == IPv4Address("10.1.0.3"))
    #expect(try claim(leases, 4) { $0.former4 = IPv4Address("10.1.0.1") }.ip4 == IPv4Address("10.1.0.4"))
    // A lease of its own tells it as well.
    var disposed: [String] = []
    let again = try leases.claim(for: LeaseRequest(container: NetworkScratch.id(1), name: "new")) { _ in
      true
    } dispose: {
      disposed.append($0.name)
    }
    #expect(again.ip4 == wanted && disposed == ["c1"])
    #expect(try leases.all().map(\.name).sorted() == ["c2", "c3", "c4", "new"])
  }

  @Test func theDead() throws {
    let leases = try leases()
    for number in 1...5 { try claim(leases, number) }
    let dead = [NetworkScratch.id(2), NetworkScratch.id(4)]
    #expect(try leases.all { !dead.contains($0) }.count == 3)
    var disposed: [String] = []
    // They go where they are in the way, and the elements of each before its lease.
    var request = LeaseRequest(container: NetworkScratch.id(6), name: "c6")
    request.ip4 = IPv4Address("10.1.0.3")
    #expect(
      words {
        _ = try leases.claim(for: request, isAlive: { !dead.contains($0) }) { _ in throw Failure("stuck") }
      }
        == "stuck")
    #expect(try leases.all().count == 5)
    let lease = try leases.claim(for: request, isAlive: { !dead.contains($0) }) { disposed.append($0.name) }
    #expect(lease.ip4 == request.ip4 && disposed == ["c2", "c4"])
    // A network that is full.
    try claim(leases, 7)
    #expect(words { try claim(leases, 8) }?.contains("no available IPv4") == true)
    #expect(try claim(leases, 8, alive: false).ip4 == IPv4Address("10.1.0.2"))
    #expect(try leases.all().map(\.name) == ["c8"])
  }

  @Test func sweeping() throws {
    let leases = try leases()
    try leases.sweep(isAlive: { _ in false }) { _ in }
    for number in 1...3 { try claim(leases, number) }
    try scratch.write("half", to: "net/leases.json.7.tmp")
    let before = leases.signature
    try leases.sweep(isAlive: { _ in true }) { _ in Issue.record("none is dead") }
    #expect(leases.signature == before && before != nil)
    let living = NetworkScratch.id(2)
    #expect(words { try leases.sweep(isAlive: { $0 == living }) { _ in throw Failure("stuck") } } == "stuck")
    #expect(try leases.all().count == 3 && leases.signature == before)
    var disposed: [String] = []
    try leases.sweep(isAlive: { $0 == living }) { disposed.append($0.name) }
    #expect(disposed == ["c1", "c3"])
    #expect(try leases.all().map(\.name) == ["c2"])
    #expect(leases.signature != before)
    #expect(Files.names(in: leases.network.folder).sorted() == ["leases.json", "network.json"])
  }

  @Test func updating() throws {
    let leases = try leases()
    try claim(leases, 1)
    let id = NetworkScratch.id(1)
    let before = leases.signature
    #expect(try leases.update(id) { _ in } != nil)
    #expect(leases.signature == before)
    let changed = try leases.update(id) {
      $0.name = "renamed"
      $0.aliases = ["x"]
    }
    #expect(changed?.name == "renamed" && changed?.aliases == ["x"])
    #expect(try leases.find(id) == changed)
    #expect(try leases.update(NetworkScratch.id(9)) { _ in } == nil)
  }

  @Test(
    arguments: [
      ("{", "leases.json"), ("", "leases.json"), ("[]", "must be an object"), ("{}", "leases: is required"),
      (#"{"version": 2, "leases": []}"#, "it is of a later version of swiftainer"),
      (#"{"leases": [{}]}"#, "leases[0].container: is required"),
      (#"{"leases": [{"container": "a", "mac": "x", "device": "y"}]}"#, "leases[0].mac"),
    ])
  func damage(_ text: String, _ expected: String) throws {
    let leases = try leases()
    try scratch.write(text, to: "net/leases.json")
    let said = words { _ = try leases.all() }
    #expect(said?.contains(expected) == true && said?.contains("net/leases.json") == true, "\(said ?? "")")
    #expect(said?.contains("\n") == false)
    // What is damaged is not written over.
    _ = words { try claim(leases, 1) }
    if !text.contains("mac") { #expect(try Files.read(leases.file) == Array(text.utf8)) }
  }

  @Test func manyAtOnce() async throws {
    let leases = try leases { $0.subnets = ["10.1.0.0/24"] }
    let found = await withTaskGroup(of: String?.self) { group in
      for number in 1...64 {
        group.addTask {
          let request = LeaseRequest(container: NetworkScratch.id(number), name: "c\(number)")
          return try? leases.claim(for: request) { _ in true }.ip4?.description
        }
      }
      return await group.reduce(into: Set<String?>()) { $0.insert($1) }
    }
    #expect(found.count == 64 && !found.contains(nil))
    #expect(try leases.all().count == 64)
    #expect(found.contains("10.1.0.65") && found.contains("10.1.0.2"))
  }
}

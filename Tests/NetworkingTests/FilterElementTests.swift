import Runtime
import Testing

@testable import Networking

func mapping(
  _ port: UInt16, _ transport: Transport = .tcp, to target: String, _ targetPort: UInt16,
  at host: String? = nil
) -> PortMapping {
  PortMapping(
    hostAddress: host.map { IPAddress($0)! }, hostPort: port, transport: transport,
    target: IPAddress(target)!, targetPort: targetPort)!
}

@Suite struct FilterElements {
  @Test func portOfAllAddresses() {
    let element = mapping(8080, to: "10.0.0.2", 80).element
    #expect(element.set == "published4")
    #expect(element.key == [6, 0, 0, 0, 0x1f, 0x90, 0, 0])
    #expect(element.data == [10, 0, 0, 2, 0, 80, 0, 0])
  }

  @Test func portOfOneAddress() {
    let element = mapping(53, .udp, to: "10.0.0.2", 5353, at: "127.0.0.1").element
    #expect(element.set == "published4_at")
    #expect(element.key == [127, 0, 0, 1, 17, 0, 0, 0, 0, 53, 0, 0])
    let six = mapping(1, .sctp, to: "fd00::2", 2, at: "fd00::1").element
    #expect(six.set == "published6_at")
    #expect(six.key == IPAddress("fd00::1")!.bytes + [132, 0, 0, 0, 0, 1, 0, 0])
    #expect(six.data == IPAddress("fd00::2")!.bytes + [0, 2, 0, 0])
  }

  @Test(arguments: [
    mapping(1, to: "10.0.0.2", 2), mapping(65535, .udp, to: "10.0.0.2", 2, at: "1.2.3.4"),
    mapping(1, .sctp, to: "fd00::", 2), mapping(1, to: "fd00::", 65535, at: "::1"),
  ])
  func portAndBack(_ mapping: PortMapping) { #expect(PortMapping(mapping.element) == mapping) }

  @Test func noPort() {
    let good = mapping(1, to: "10.0.0.2", 2).element
    #expect(PortMapping(FilterElement(set: "bridges", key: good.key, data: good.data)) == nil)
    #expect(PortMapping(FilterElement(set: good.set, key: [1, 0, 0, 0, 0, 1, 0, 0], data: good.data)) == nil)
    #expect(PortMapping(FilterElement(set: good.set, key: [6, 0], data: good.data)) == nil)
    #expect(PortMapping(FilterElement(set: good.set, key: good.key, data: [1, 2, 3])) == nil)
    #expect(PortMapping(FilterElement(set: good.set, key: [9, 9] + good.key, data: good.data)) == nil)
  }

  @Test func kindsOfAddressDoNotMix() {
    let (four, six) = (IPAddress("10.0.0.2")!, IPAddress("fd00::2")!)
    #expect(PortMapping(hostAddress: six, hostPort: 1, target: four, targetPort: 1) == nil)
    #expect(PortMapping(hostAddress: .v4(.any), hostPort: 1, target: four, targetPort: 1)?.hostAddress == nil)
    let all = PortBinding(address: .v6(.any), hostPort: 80, containerPort: 8, transport: .tcp)
    #expect(all.mapping(to: [four]) == nil)
    #expect(all.mapping(to: [four, six]) == mapping(80, to: "fd00::2", 8))
    #expect(all.hostText == "[::]:80")
  }

  @Test func bridgeAndBack() {
    let wide = FilteredBridge(name: "br0", subnets: [Subnet("10.0.0.0/24")!, Subnet("fd00::/64")!])
    let inner = FilteredBridge(name: "br1", subnets: [Subnet("10.0.1.0/24")!], isInternal: true)
    let elements = wide.elements + inner.elements
    #expect(FilteredBridge.bridges(elements) == [wide, inner])
    #expect(elements.filter { $0.set == "pairs" }.map(\.key.count) == [32, 32])
    #expect(inner.elements.map(\.set) == ["bridges", "internal", "pairs"])
    #expect(wide.elements[0].key == Array("br0".utf8) + [UInt8](repeating: 0, count: 13))
  }

  @Test func whatAPersonWouldType() {
    #expect(
      mapping(9000, .udp, to: "fd00::2", 80, at: "::1").shell
        == "nft add element inet swiftainer 'published6_at { ::1 . udp . 9000 : fd00::2 . 80 }'")
    let bridge = FilteredBridge(name: "br0", subnets: [Subnet("10.0.0.0/24")!])
    #expect(
      bridge.shellToRemove == [
        "nft delete element inet swiftainer 'bridges { \"br0\" }'",
        "nft delete element inet swiftainer 'masquerade4 { \"br0\" }'",
        "nft delete element inet swiftainer 'pairs { \"br0\" . \"br0\" }'",
      ])
  }

  @Test func rulesHaveTheSets() {
    for set in FilteredBridge.sets + ["pairs", Ruleset.version] {
      #expect(Ruleset.text.contains("set \(set) {"))
    }
    for map in PortMapping.maps { #expect(Ruleset.text.contains("map \(map) {")) }
  }

  @Test func messageByByte() {
    let message = mapping(8080, to: "10.0.0.2", 80).element.message(.newElement, Netlink.create, sequence: 7)
    let names: [UInt8] =
      [15, 0, 1, 0] + Array("swiftainer\0".utf8) + [0, 15, 0, 2, 0] + Array("published4\0".utf8)
    let key: [UInt8] = [16, 0, 1, 0x80, 12, 0, 1, 0, 6, 0, 0, 0, 0x1f, 0x90, 0, 0]
    let data: [UInt8] = [16, 0, 2, 0x80, 12, 0, 1, 0, 10, 0, 0, 2, 0, 80, 0, 0]
    let list: [UInt8] = [40, 0, 3, 0x80, 36, 0, 1, 0x80]
    let expected: [UInt8] =
      [92, 0, 0, 0, 12, 10, 1, 4, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0] + names + [0] + list + key + data
    #expect(message.bytes == expected)
    #expect(FilterElement.elements(in: message) == [mapping(8080, to: "10.0.0.2", 80).element])
  }

  @Test func batchByByte() {
    var batch = NfBatch()
    batch.generation = 0x0102
    batch.append(NfTables.message(.newTable, 0, []))
    batch.append(NfTables.message(.deleteTable, 0, []))
    let begin: [UInt8] = [
      28, 0, 0, 0, 16, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 8, 0, 1, 0, 0, 0, 1, 2,
    ]
    let first: [UInt8] = [20, 0, 0, 0, 0, 10, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    let last: [UInt8] = [20, 0, 0, 0, 2, 10, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    let end: [UInt8] = [20, 0, 0, 0, 17, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10]
    #expect(batch.datagram(sequence: 5) == begin + first + last + end)
  }
}

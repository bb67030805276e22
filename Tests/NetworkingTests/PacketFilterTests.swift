import Glibc
import Runtime
import Testing

@testable import Networking

private let web = mapping(80, to: "10.0.0.2", 8080)
private let other = mapping(443, to: "10.0.0.2", 8443)

@Suite struct PacketFilters {
  @Test func publish() throws {
    let kernel = FakeNetfilter([FakeNetfilter.batch()])
    try PacketFilter(kernel).publish([web, other])
    #expect(kernel.kinds(0) == [.newElement, .newElement])
    #expect(FilterElement.elements(in: kernel.asked[0][2]) == [other.element])
  }

  @Test func aDeadOnesElementIsReplaced() throws {
    let kernel = FakeNetfilter([FakeNetfilter.batch(refusing: [1: EBUSY]), FakeNetfilter.batch()])
    try PacketFilter(kernel).publish([web, other])
    #expect(kernel.kinds(1) == [.newElement, .deleteElement, .newElement])
    #expect(FilterElement.elements(in: kernel.asked[1][3]) == [other.element])
  }

  @Test func aDeadOnesElementGoesMeanwhile() throws {
    let kernel = FakeNetfilter([
      FakeNetfilter.batch(refusing: [0: EEXIST]), FakeNetfilter.batch(refusing: [0: ENOENT]),
      FakeNetfilter.batch(),
    ])
    try PacketFilter(kernel).publish([web])
    #expect(kernel.kinds(2) == [.newElement])
  }

  @Test func unpublish() throws {
    let kernel = FakeNetfilter([
      FakeNetfilter.generation(9), FakeNetfilter.found([web.element, nil]), FakeNetfilter.batch(),
    ])
    try PacketFilter(kernel).unpublish([web, other])
    #expect(kernel.kinds(2) == [.deleteElement])
    #expect(kernel.asked[2][0].attributes(behind: 4) == [NfTables.number(1, 9)])
  }

  @Test func anothersElementStays() throws {
    let anothers = mapping(80, to: "10.0.0.3", 8080)
    let kernel = FakeNetfilter([FakeNetfilter.generation(9), FakeNetfilter.found([anothers.element])])
    try PacketFilter(kernel).unpublish([web])
    #expect(kernel.asked.count == 2)
  }

  @Test func aChangeInBetweenIsSeen() throws {
    let kernel = FakeNetfilter([
      FakeNetfilter.generation(9), FakeNetfilter.found([web.element]), FakeNetfilter.refusal(ERESTART),
      FakeNetfilter.generation(10), FakeNetfilter.found([nil]),
    ])
    try PacketFilter(kernel).unpublish([web])
    #expect(kernel.asked.count == 5)
  }

  @Test func bridges() throws {
    let bridge = FilteredBridge(name: "br0", subnets: [Subnet("10.0.0.0/24")!])
    let kernel = FakeNetfilter([
      FakeNetfilter.batch(), FakeNetfilter.generation(1),
      FakeNetfilter.found(
        FilteredBridge.allElements(of: "br0").map { bridge.elements.contains($0) ? $0 : nil }),
      FakeNetfilter.batch(),
    ])
    let filter = PacketFilter(kernel)
    try filter.add([bridge])
    try filter.remove("br0")
    #expect(
      kernel.kinds(0).count == 3 && kernel.kinds(3) == [.deleteElement, .deleteElement, .deleteElement])
  }

  @Test func withoutTheTable() throws {
    let kernel = FakeNetfilter([FakeNetfilter.batch(refusing: [0: ENOENT])])
    do {
      try PacketFilter(kernel).publish([web])
      Issue.record("no error")
    } catch let failure as Failure {
      #expect(failure.description.contains("inet swiftainer"))
      #expect(failure.description.contains("swiftainer network reload"))
    }
    let absent: FakeNetfilter.Answer = { [FakeNetfilter.ack($0[0].sequence, ENOENT)] }
    #expect(try PacketFilter(FakeNetfilter([absent, absent, absent, absent])).mappings() == [])
    #expect(try PacketFilter(FakeNetfilter([absent])).isCurrent() == false)
  }

  @Test func notAllowed() {
    #expect(throws: Failure.self) {
      try PacketFilter(FakeNetfilter([FakeNetfilter.refusal(EPERM)])).publish([web])
    }
  }

  @Test func list() throws {
    let six = mapping(9, to: "fd00::2", 90, at: "::1")
    let kernel = FakeNetfilter([
      // A change comes between two parts of the first list.
      FakeNetfilter.list([web.element], flags: 0x12), FakeNetfilter.list([web.element, other.element]),
      FakeNetfilter.list([]), FakeNetfilter.list([]), FakeNetfilter.list([six.element]),
    ])
    #expect(try PacketFilter(kernel).mappings() == [web, other, six])
  }

  @Test func connectionsOfUDPAreForgotten() throws {
    func flow(port: UInt8, status: UInt32) -> NetlinkMessage {
      let addresses = NfTables.nested(
        1, [NfTables.number(1, 0x0102_0304), NfTables.number(2, 0x0a00_0001)])
      let ports = NfTables.nested(
        2,
        [
          NetlinkAttribute(type: 1, value: [17]), NetlinkAttribute(type: 2, value: [9, 9]),
          NetlinkAttribute(type: 3, value: [0, port]),
        ])
      let attributes = [
        NfTables.nested(1, [addresses, ports]), NfTables.number(3, status), NfTables.number(12, 77),
      ]
      return NetlinkMessage(
        type: 0x100, flags: 2, sequence: 0, payload: [2, 0, 0, 0] + attributes.flatMap(\.bytes))
    }
    let flows: FakeNetfilter.Answer = { messages in
      // To our port; to another; from a container to somebody's port of the same number.
      [flow(port: 53, status: 0x20), flow(port: 54, status: 0x20), flow(port: 53, status: 0x10)].map {
        var flow = $0
        flow.sequence = messages[0].sequence
        return flow
      } + [
        NetlinkMessage(type: Netlink.done, flags: 2, sequence: messages[0].sequence, payload: [0, 0, 0, 0])
      ]
    }
    let gone: FakeNetfilter.Answer = { [FakeNetfilter.ack($0[0].sequence, ENOENT)] }
    let kernel = FakeNetfilter([FakeNetfilter.batch(), flows, gone])
    try PacketFilter(kernel).publish([mapping(53, .udp, to: "10.0.0.2", 53)])
    #expect(kernel.asked.count == 3)
    #expect(kernel.asked[2][0].type == 0x102)
    #expect(kernel.asked[2][0].attributes(behind: 4).map(\.type) == [1, 12])
  }
}

@Suite struct NameRedirects {
  @Test func oneBatch() throws {
    let kernel = FakeNetfilter([FakeNetfilter.batch()])
    try NameRedirect.install(in: kernel, to: 0x1234)
    #expect(
      kernel.kinds(0) == [.newTable, .newChain, .newRule, .newRule, .newChain, .newRule, .newRule])
    // The question's rule for UDP: at 127.0.0.11, from port 53 to ours, checksum at 6.
    let rule = kernel.asked[0][3].payload
    for part: [UInt8] in [[127, 0, 0, 11], [0, 53], [0x12, 0x34], Array("immediate\0".utf8)] {
      #expect(rule.indices.contains { rule[$0...].starts(with: part) })
    }
    #expect(rule.suffix(8) == [8, 0, 7, 0, 0, 0, 0, 6])
    #expect(kernel.asked[0][4].payload.suffix(8) == [8, 0, 7, 0, 0, 0, 0, 16])
  }

  /// One that is there goes in the same step.
  @Test func replaced() throws {
    let kernel = FakeNetfilter([FakeNetfilter.batch(refusing: [0: EEXIST]), FakeNetfilter.batch()])
    try NameRedirect.install(in: kernel, to: 1)
    #expect(kernel.kinds(1).prefix(2) == [.deleteTable, .newTable])
  }

  @Test func refused() {
    #expect(throws: Failure.self) {
      try NameRedirect.install(in: FakeNetfilter([FakeNetfilter.batch(refusing: [3: EOPNOTSUPP])]), to: 1)
    }
  }

  @Test func expressionByByte() {
    let bytes = NfExpression.transport(.udp).attributes.flatMap(\.bytes)
    let meta: [UInt8] =
      [36, 0, 1, 0x80, 9, 0, 1, 0] + Array("meta\0".utf8) + [0, 0, 0, 20, 0, 2, 0x80]
      + [8, 0, 1, 0, 0, 0, 0, 1, 8, 0, 2, 0, 0, 0, 0, 16]
    let compare: [UInt8] =
      [44, 0, 1, 0x80, 8, 0, 1, 0] + Array("cmp\0".utf8) + [32, 0, 2, 0x80]
      + [8, 0, 1, 0, 0, 0, 0, 1, 8, 0, 2, 0, 0, 0, 0, 0, 12, 0, 3, 0x80, 5, 0, 1, 0, 17, 0, 0, 0]
    #expect(bytes == meta + compare)
  }
}

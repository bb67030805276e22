import Testing

@testable import Networking

@Suite struct NamesMessageTests {
  @Test(arguments: [
    ("web", "\u{3}web\0"), ("Web.MyNet.", "\u{3}Web\u{5}MyNet\0"), (".", "\0"),
    (String(repeating: "a", count: 63), "\u{3f}" + String(repeating: "a", count: 63) + "\0"),
  ])
  func names(_ text: String, _ wire: String) {
    #expect(DNSName(text)?.wire == Array(wire.utf8))
  }

  @Test(arguments: [
    "", "..", ".web", "a..b", String(repeating: "a", count: 64),
    Array(repeating: String(repeating: "a", count: 63), count: 4).joined(separator: "."),
  ])
  func noNames(_ text: String) { #expect(DNSName(text) == nil) }

  @Test func longestName() throws {
    let label = String(repeating: "a", count: 63)
    let text = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
    let name = try #require(DNSName(text))
    #expect(name.wire.count == 255 && name.text == text)
    var message = DNSMessage(id: 1, flags: .question)
    message.questions = [.init(name, .a)]
    #expect(DNSMessage(message.encoded()) == message)
    // One byte more, and no text that would refuse it.
    var bytes = Array(message.encoded()[..<12])
    for _ in 0..<4 { bytes += [63] + Array(repeating: 0x61, count: 63) }
    #expect(DNSMessage(bytes + [0, 0, 1, 0, 1]) == nil)
  }

  @Test func caseOfNames() throws {
    let (one, other) = (try #require(DNSName("WEB.a")), try #require(DNSName("web.A")))
    #expect(one != other && one.matches(other) && one.text == "web.a")
    #expect(!one.matches(try #require(DNSName("web.b"))))
    // A point within a label is no point between two.
    #expect(DNSName(wire: [3, 0x61, 0x2e, 0x62, 0]).text == nil)
  }

  @Test(arguments: [
    ("10.88.0.2", "2.0.88.10.in-addr.arpa"),
    ("fd00::2", "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa"),
  ])
  func reverse(_ address: String, _ text: String) throws {
    let address = try #require(IPAddress(address))
    let name = DNSName(reverseOf: address)
    #expect(name.text == text && name.reversedAddress == address)
    #expect(DNSName(text.uppercased())?.reversedAddress == address)
  }

  @Test(arguments: [
    "88.10.in-addr.arpa", "1.2.0.88.10.in-addr.arpa", "x.0.88.10.in-addr.arpa", "02.0.88.10.in-addr.arpa",
    "web",
    "2.ip6.arpa", "in-addr.arpa", "+1.0.0.0.in-addr.arpa",
  ])
  func noReverse(_ text: String) { #expect(DNSName(text)?.reversedAddress == nil) }

  @Test func everyRecord() throws {
    let name = try #require(DNSName("web.mynet"))
    var message = DNSMessage(id: 0xbeef, flags: .init(bits: 0x8583))
    message.questions = [.init(name, .any)]
    message.answers = [
      .init(name, .address(IPAddress("10.1.2.3")!), lifetime: 70_000),
      .init(name, .address(IPAddress("fd00::1")!)),
      .init(.root, .pointer(name)),
    ]
    message.authorities = [.init(name, .init(rawValue: 16), .other([3, 1, 2, 3]), category: 3, lifetime: 1)]
    message.additionals = [.init(.root, .init(rawValue: 99), .other([]), category: 1, lifetime: 0)]
    message.edns = .init(size: 1232)
    message.edns?.flags = 0x8000
    message.edns?.outcome = 1
    let bytes = message.encoded()
    #expect(DNSMessage(bytes) == message)
    #expect(DNSMessage(bytes + [1, 2, 3]) == message)
    // Cut anywhere, it is no message; and nothing is read behind the cut.
    for length in 0..<bytes.count { #expect(DNSMessage(Array(bytes[..<length])) == nil) }
  }

  /// A header that announces one question, and what stands behind it.
  private func question(_ bytes: [UInt8]) -> DNSMessage? {
    DNSMessage([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + bytes)
  }

  @Test func pointers() throws {
    // Behind the name `web.` at 17: a record whose name points to it, and whose target points into it.
    let bytes: [UInt8] =
      [0, 1, 0x81, 0, 0, 1, 0, 1, 0, 0, 0, 0] + [3, 0x77, 0x65, 0x62, 0, 0, 12, 0, 1]
      + [0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 0, 0, 4, 1, 0x78, 0xc0, 12]
    let message = try #require(DNSMessage(bytes))
    #expect(message.answers.first?.name.text == "web")
    #expect(message.answers.first?.data == .pointer(try #require(DNSName("x.web"))))
  }

  @Test(
    "What leads forwards, to itself, in circles or out of the message",
    arguments: [
      [0xc0, 12, 0, 1, 0, 1], [0xc0, 14, 0, 1, 0, 1], [0xc0, 0, 0, 1, 0, 1], [0xff, 0xff, 0, 1, 0, 1],
      [1, 0x61, 0xc0, 12, 0, 1, 0, 1], [1, 0x61, 0xc0, 14, 0, 1, 0, 1], [0xc0], [0x40, 0, 0, 1, 0, 1],
      [0x80, 0, 0, 1, 0, 1], [63, 0x61], [1], [],
    ] as [[UInt8]])
  func noPointers(_ bytes: [UInt8]) { #expect(question(bytes) == nil) }

  @Test func manyPointersAreRefused() {
    // Questions each of which is a pointer to the one before: allowed singly, but no name has so many parts.
    var bytes: [UInt8] = [0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0] + [1, 0x61, 0, 0, 1, 0, 1]
    var last = 12
    for _ in 1..<256 {
      let place = bytes.count
      bytes += [0xc0 | UInt8(last >> 8), UInt8(last & 255), 0, 1, 0, 1]
      last = place
    }
    #expect(DNSMessage(bytes) == nil)
  }

  @Test func whatHasNoRoomIsLeftOut() throws {
    let name = try #require(DNSName("web"))
    var message = DNSMessage(id: 1, flags: .init(bits: 0x8180))
    message.questions = [.init(name, .a)]
    message.answers = (0..<100).map { .init(name, .address(.v4(IPv4Address(number: $0)))) }
    message.edns = .init(size: 4096)
    let bytes = message.encoded(limit: 512)
    let short = try #require(DNSMessage(bytes))
    #expect(bytes.count <= 512 && bytes.count > 480)
    #expect(short.flags.isTruncated && short.edns != nil && short.answers.count < 100)
    #expect(short.answers[...] == message.answers.prefix(short.answers.count))
    #expect(try #require(DNSMessage(message.encoded(limit: 4096))) == message)
  }

  @Test func addressesOfAnotherLength() throws {
    let name = try #require(DNSName("a"))
    var message = DNSMessage(id: 1, flags: .init(bits: 0x8180))
    message.answers = [.init(name, .a, .other([1, 2, 3]), category: 1, lifetime: 0)]
    #expect(DNSMessage(message.encoded()) == nil)
    message.answers = [.init(name, .a, .other(Array(repeating: 0, count: 16)), category: 1, lifetime: 0)]
    #expect(DNSMessage(message.encoded()) == nil)
  }

  @Test func oneEDNSAlone() throws {
    var message = DNSMessage(id: 1, flags: .question)
    message.edns = .init(size: 512)
    let options = Array(message.encoded()[12...])
    let header: [UInt8] = [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    #expect(DNSMessage(header + [1] + options)?.edns?.size == 512)
    #expect(DNSMessage(header + [2] + options + options) == nil)
    #expect(DNSMessage(header + [1] + [1, 0x61] + options) == nil)
  }
}

import Testing

@testable import Networking

@Suite struct NamesResponderTests {
  private static let addresses = ["10.88.0.2", "10.88.0.3", "fd00::3"].map { IPAddress($0)! }

  static let table: NameTable = {
    var table = NameTable()
    table.add(["web", "0123456789ab", "www"], at: [addresses[0]], network: "mynet")
    table.add(["Db.1", "cafecafecafe", "www"], at: [addresses[1], addresses[2]], network: "mynet")
    return table
  }()

  private func query(_ name: String, _ type: DNSMessage.RecordType = .a) throws -> DNSMessage {
    var query = DNSMessage(id: 0x1234, flags: .question)
    query.questions = [.init(try #require(DNSName(name)), type)]
    return query
  }

  private func ask(_ query: DNSMessage, _ table: NameTable = table, turn: Int = 0, isStream: Bool = false)
    throws
    -> DNSMessage
  {
    let reply = NameResponder(table: table, turn: turn).reply(to: query.encoded(), isStream: isStream)
    guard case .answer(let bytes) = reply else { throw Unanswered() }
    return try #require(DNSMessage(bytes))
  }

  private struct Unanswered: Error {}

  @Test func table() {
    let table = Self.table
    #expect(table.lookup("WEB") == [Self.addresses[0]] && table.lookup("web.") == [Self.addresses[0]])
    #expect(table.lookup("www.MyNet.") == Self.addresses)
    #expect(table.lookup("we") == nil && table.lookup("") == nil && table.lookup("web.other") == nil)
    #expect(table.names(of: Self.addresses[2]) == ["db.1.mynet"])
    #expect(table.names(of: .v4(.any)) == [])
    var twice = table
    twice.add(["web", "0123456789ab", "www"], at: [Self.addresses[0]], network: "mynet")
    #expect(twice == table)
    twice.add(["web"], at: [], network: "other")
    #expect(twice.lookup("web.other") == [])
  }

  @Test(arguments: ["web", "WEB.", "0123456789AB", "web.mynet", "Web.MyNet."])
  func knownName(_ name: String) throws {
    let query = try query(name)
    let answer = try ask(query)
    #expect(answer.id == query.id && answer.questions == query.questions)
    // QR, AA, RD as it was, RA; success.
    #expect(answer.flags.bits == 0x8580)
    #expect(answer.answers == [.init(query.questions[0].name, .address(Self.addresses[0]), lifetime: 0)])
    #expect(answer.edns == nil && answer.authorities.isEmpty && answer.additionals.isEmpty)
  }

  @Test(arguments: [15, 16, 28, 33, 65, 6, 64000])
  func otherTypesOfKnownName(_ type: UInt16) throws {
    let answer = try ask(query("web", .init(rawValue: type)))
    #expect(answer.flags.bits == 0x8580 && answer.answers.isEmpty)
  }

  @Test func bothKinds() throws {
    #expect(try ask(query("db.1", .aaaa)).answers.map(\.data) == [.address(Self.addresses[2])])
    #expect(try ask(query("db.1", .any)).answers.map(\.data) == Self.addresses[1...].map { .address($0) })
  }

  @Test func sharedNameTakesTurns() throws {
    let four = Self.addresses[..<2].map { DNSMessage.Data.address($0) }
    #expect(try ask(query("www"), turn: 2).answers.map(\.data) == four)
    #expect(try ask(query("www"), turn: 3).answers.map(\.data) == four.reversed())
    #expect(try ask(query("www", .aaaa), turn: 3).answers.count == 1)
  }

  @Test(arguments: ["nobody", "webs", "w", "com"], [1, 28, 15, 255])
  func unknownName(_ name: String, _ type: UInt16) throws {
    let answer = try ask(query(name, .init(rawValue: type)))
    #expect(answer.flags.bits == 0x8583 && answer.answers.isEmpty && answer.questions.count == 1)
  }

  @Test(arguments: ["example.com", "web.other", "nobody.mynet", ".", "1.0.0.127.in-addr.arpa"])
  func elsewhere(_ name: String) throws {
    let query = try query(name)
    #expect(NameResponder(table: Self.table).reply(to: query.encoded(), isStream: false) == .forward(query))
    var inside = Self.table
    inside.asksUpstream = false
    // SERVFAIL, and not ours to say.
    #expect(try ask(query, inside).flags.bits == 0x8182)
    #expect(try ask(self.query("web"), inside).answers.count == 1)
  }

  @Test func localhost() throws {
    #expect(try ask(query("localhost")).answers.map(\.data) == [.address(IPAddress("127.0.0.1")!)])
    #expect(try ask(query("a.LOCALHOST.", .aaaa)).answers.map(\.data) == [.address(IPAddress("::1")!)])
  }

  @Test func reverse() throws {
    for (address, name) in zip(Self.addresses, ["web.mynet", "db.1.mynet", "db.1.mynet"]) {
      let reversed = try #require(DNSName(reverseOf: address).text)
      let answer = try ask(query(reversed, .pointer))
      #expect(answer.answers.map(\.data) == [.pointer(try #require(DNSName(name)))])
      #expect(answer.flags.bits == 0x8580 && answer.answers[0].lifetime == 0)
      #expect(try ask(query(reversed, .a)).answers.isEmpty)
    }
  }

  @Test func whatIsRefused() throws {
    var chaos = try query("version.bind", .init(rawValue: 16))
    chaos.questions[0].category = 3
    #expect(try ask(chaos).flags.outcome == 5)
    #expect(try ask(query("example.com", .init(rawValue: 252))).flags.outcome == 5)
    #expect(try ask(query("web", .options)).flags.outcome == 1)
    var notify = try query("web")
    notify.flags.bits |= 4 << 11
    #expect(try ask(notify).flags.bits == 0xa184)
  }

  @Test func malformed() throws {
    let responder = NameResponder(table: Self.table)
    let bytes = try query("web").encoded()
    for length in 0..<12 {
      #expect(responder.reply(to: Array(bytes[..<length]), isStream: false) == .silence)
    }
    for length in 12..<bytes.count {
      let reply = responder.reply(to: Array(bytes[..<length]), isStream: false)
      #expect(reply == .answer([0x12, 0x34, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0]))
    }
    var two = try query("web")
    two.questions.append(two.questions[0])
    #expect(try ask(two).flags.outcome == 1)
    var response = try query("web")
    response.flags.isResponse = true
    #expect(responder.reply(to: response.encoded(), isStream: false) == .silence)
    // Of another operation, its own words cannot be read.
    #expect(
      responder.reply(to: [0, 1, 0x28, 0, 0, 9, 0, 0, 0, 0, 0, 0], isStream: false)
        == .answer([0, 1, 0xa8, 0x84, 0, 0, 0, 0, 0, 0, 0, 0]))
  }

  @Test func edns() throws {
    var query = try query("web")
    query.edns = .init(size: 1232)
    query.edns?.flags = 0x8000
    let answer = try ask(query)
    #expect(answer.edns?.size == 4096 && answer.edns?.flags == 0x8000 && answer.answers.count == 1)
    query.edns?.version = 1
    let refusal = try ask(query)
    #expect(refusal.flags.outcome == 0 && refusal.edns?.outcome == 1 && refusal.edns?.version == 0)
    #expect(refusal.answers.isEmpty)
  }

  @Test(arguments: [
    (nil, 512, true), (100, 512, true), (1232, 1232, true), (4096, 4096, false), (65535, 4096, false),
  ])
  func whatADatagramHolds(_ size: UInt16?, _ most: Int, _ isCut: Bool) throws {
    var table = NameTable()
    for number in 1...100 { table.add(["all"], at: [.v4(IPv4Address(number: UInt32(number)))], network: "n") }
    var query = try query("all")
    query.edns = size.map { .init(size: $0) }
    guard case .answer(let bytes) = NameResponder(table: table).reply(to: query.encoded(), isStream: false)
    else {
      throw Unanswered()
    }
    let answer = try #require(DNSMessage(bytes))
    #expect(bytes.count <= most && bytes.count > min(most, 1600) - 30)
    #expect(answer.flags.isTruncated == isCut && (answer.answers.count == 100) != isCut)
    let whole = try ask(query, table, isStream: true)
    #expect(whole.answers.count == 100 && !whole.flags.isTruncated)
  }

  @Test func namesThatCannotTravel() throws {
    var table = NameTable()
    let long = String(repeating: "a", count: 70), address = try #require(IPAddress("10.0.0.1"))
    table.add([long, "b"], at: [address], network: "n")
    let answer = try ask(query(DNSName(reverseOf: address).text!, .pointer), table)
    #expect(answer.flags.outcome == 0 && answer.answers.isEmpty)
    #expect(try ask(query("b"), table).answers.count == 1)
  }

  @Test func resolvConf() {
    let text = """
      # nameserver 9.9.9.9
      ; nameserver 9.9.9.8
      nameserver\t 10.0.0.1
      nameserver fe80::1%eth0
      nameserver fd00::53 # comment
      nameserver 10.0.0.4
      nameserver
      search example.com
      options edns0 timeout:7 attempts:9 rotate timeout:x

      """
    let upstream = Upstream(resolvConf: text)
    #expect(upstream.servers.map(\.description) == ["10.0.0.1", "fd00::53"])
    #expect(upstream.timeout == 7 && upstream.attempts == 5 && upstream.rotates)
    let none = Upstream(resolvConf: "")
    #expect(none.servers.isEmpty && none.timeout == 2 && none.attempts == 2 && !none.rotates)
  }
}

import Glibc
import Runtime
import Testing

@testable import Networking

@Suite struct NamesServerTests {
  private static let address = IPAddress("192.0.2.1")!

  /// What an upstream server says: the address, as often as it is wanted.
  private static func answer(to query: DNSMessage, count: Int = 1) -> DNSMessage {
    var answer = DNSMessage(id: query.id, flags: .init(bits: 0x8180))
    answer.questions = query.questions
    answer.answers = Array(
      repeating: .init(query.questions[0].name, .address(address), lifetime: 300), count: count)
    return answer
  }

  private static func refusal(_ outcome: UInt16) -> (DNSMessage, Bool) -> [[UInt8]] {
    { query, _ in
      var answer = answer(to: query, count: 0)
      answer.flags.outcome = outcome
      return [answer.encoded()]
    }
  }

  @Test func ownNames() throws {
    let loop = try NamesLoop()
    let answer = try #require(try loop.ask(NamesLoop.query("WEB")))
    #expect(answer.questions.first?.name == DNSName("WEB") && answer.answers.count == 1)
    #expect(try loop.ask(NamesLoop.query("nobody"))?.flags.outcome == 3)
    // Nobody to ask: at once.
    #expect(try loop.ask(NamesLoop.query("example.com"))?.flags.outcome == 2)
    #expect(loop.server.deadline == nil)
  }

  @Test func upstreamIsAsked() throws {
    let upstream = try FakeUpstream { query, _ in [Self.answer(to: query).encoded()] }
    let loop = try NamesLoop([upstream])
    var query = NamesLoop.query("Example.COM", id: 0x4242)
    query.edns = .init(size: 1232)
    let answer = try #require(try loop.ask(query))
    #expect(answer.id == 0x4242 && answer.questions == query.questions)
    #expect(answer.answers.first?.data == .address(Self.address) && answer.answers.first?.lifetime == 300)
    #expect(upstream.asked.count == 1 && upstream.asked[0].edns?.size == 1232)
    #expect(upstream.asked[0].questions == query.questions && upstream.asked[0].flags == .question)
    for id: UInt16 in 1...8 { _ = try loop.ask(NamesLoop.query("example.com", id: id)) }
    #expect(Set(upstream.asked.map(\.id)).count > 4 && loop.server.deadline == nil)
  }

  @Test("What does not answer the question is not believed")
  func forgeries() throws {
    let upstream = try FakeUpstream { query, _ in
      var (id, question, isQuery) = (Self.answer(to: query), Self.answer(to: query), Self.answer(to: query))
      id.id ^= 1
      question.questions[0].name = DNSName("evil.example")!
      isQuery.flags.isResponse = false
      var right = Self.answer(to: query)
      right.answers[0].lifetime = 1
      return [id.encoded(), question.encoded(), isQuery.encoded(), [], [1, 2, 3], right.encoded()]
    }
    let loop = try NamesLoop([upstream])
    #expect(try loop.ask(NamesLoop.query("example.com"))?.answers.first?.lifetime == 1)
  }

  @Test(arguments: [2, 4, 5] as [UInt16])
  func nextServerWhereOneRefuses(_ outcome: UInt16) throws {
    let first = try FakeUpstream(at: "127.0.0.2", answer: Self.refusal(outcome))
    let second = try FakeUpstream(at: "127.0.0.3", port: first.port) { query, _ in
      [Self.answer(to: query).encoded()]
    }
    #expect(try NamesLoop([first, second]).ask(NamesLoop.query("a.b"))?.answers.count == 1)
    #expect(first.asked.count == 1 && second.asked.count == 1)
    // All of them: what was said is passed on, and nobody is bothered twice.
    let both = [IPAddress("127.0.0.2")!, IPAddress("127.0.0.2")!]
    let loop = try NamesLoop([first], servers: both)
    #expect(try loop.ask(NamesLoop.query("a.b"))?.flags.outcome == outcome)
    #expect(first.asked.count == 2)
  }

  @Test func nextServerWhereNobodyIs() throws {
    let there = try FakeUpstream(at: "127.0.0.2") { query, _ in [Self.answer(to: query).encoded()] }
    let loop = try NamesLoop([there], servers: [IPAddress("127.0.0.9")!, there.address])
    #expect(try loop.ask(NamesLoop.query("a.b"))?.answers.count == 1)
    let alone = try NamesLoop([there], servers: [IPAddress("127.0.0.9")!])
    #expect(try alone.ask(NamesLoop.query("a.b"))?.flags.bits == 0x8182)
  }

  @Test func nextServerWhereOneIsSilent() throws {
    let silent = try FakeUpstream(at: "127.0.0.2") { _, _ in [] }
    let loop = try NamesLoop([silent])
    let client = try loop.client()
    let query = NamesLoop.query("a.b")
    let before = Clock.monotonicNanoseconds()
    _ = IPSocket.send(client.raw, query.encoded()[...])
    try loop.turn { silent.asked.count == 1 }
    // It is asked again by the client: once is enough.
    _ = IPSocket.send(client.raw, query.encoded()[...])
    let own = NamesLoop.query("web")
    _ = IPSocket.send(client.raw, own.encoded()[...])
    #expect(try #require(try loop.receive(client)).count > 30)
    let deadline = try #require(loop.server.deadline)
    #expect(deadline > before + 1_000_000_000)
    loop.server.passTime(deadline - 1)
    loop.server.passTime(deadline)
    try loop.turn { silent.asked.count == 2 }
    loop.server.passTime(try #require(loop.server.deadline))
    let answer = try #require(try loop.receive(client))
    #expect(DNSMessage(answer)?.flags.outcome == 2 && silent.asked.count == 2)
    #expect(loop.server.deadline == nil)
  }

  @Test func serversTakeTurns() throws {
    let first = try FakeUpstream(at: "127.0.0.2") { query, _ in [Self.answer(to: query).encoded()] }
    let second = try FakeUpstream(at: "127.0.0.3", port: first.port) { query, _ in
      [Self.answer(to: query).encoded()]
    }
    var upstream = Upstream(servers: [first.address, second.address])
    upstream.rotates = true
    upstream.port = first.port
    let loop = try NamesLoop([first, second], upstream: upstream)
    for _ in 0..<4 { _ = try loop.ask(NamesLoop.query("a.b")) }
    #expect(first.asked.count == 2 && second.asked.count == 2)
  }

  @Test func longAnswers() throws {
    let upstream = try FakeUpstream { query, isStream in
      [Self.answer(to: query, count: 600).encoded(limit: isStream ? 65535 : 1000)]
    }
    let loop = try NamesLoop([upstream])
    // Cut off by upstream: passed on to who can ask again.
    var query = NamesLoop.query("a.b")
    query.edns = .init(size: 1232)
    #expect(try loop.ask(query)?.flags.isTruncated == true && upstream.asked.count == 1)
    // Longer than the client takes: nothing of it.
    query.edns = nil
    let short = try #require(try loop.ask(query))
    #expect(short.flags.isTruncated && short.answers.isEmpty && short.flags.outcome == 0)
    let client = try loop.client(.stream)
    _ = IPSocket.send(client.raw, NamesLoop.framed(query.encoded())[...])
    let answer = try #require(try loop.answers(1, on: client).first.flatMap { DNSMessage($0) })
    #expect(answer.answers.count == 600 && !answer.flags.isTruncated && answer.id == query.id)
  }

  @Test func manyAtATime() throws {
    let silent = try FakeUpstream { _, _ in [] }
    let loop = try NamesLoop([silent])
    let client = try loop.client()
    for id in 1...UInt16(NameServer.queryLimit + 2) {
      _ = IPSocket.send(client.raw, NamesLoop.query("a.b", id: id).encoded()[...])
      try loop.turn { silent.asked.count == Int(id) }
    }
    // The oldest two are given up.
    for id: UInt16 in 1...2 {
      let answer = try #require(try loop.receive(client).flatMap { DNSMessage($0) })
      #expect(answer.id == id && answer.flags.outcome == 2)
    }
    if case .nothing = IPSocket.receive(client.raw, limit: 100) {} else { Issue.record("a third one") }
  }
}

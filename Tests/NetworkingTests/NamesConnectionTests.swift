import Glibc
import Runtime
import Testing

@testable import Networking

@Suite struct NamesConnectionTests {
  private static let loopQuery = NamesLoop.framed(NamesLoop.query("web").encoded())

  @Test func byteByByte() throws {
    let loop = try NamesLoop()
    let client = try loop.client(.stream)
    for byte in Self.loopQuery {
      _ = IPSocket.send(client.raw, [byte])
      try loop.turn(until: Clock.monotonicNanoseconds() + 1_000_000_000)
    }
    #expect(DNSMessage(try #require(try loop.answers(1, on: client).first))?.answers.count == 1)
  }

  @Test func manyQuestionsInOnePiece() throws {
    let loop = try NamesLoop()
    let client = try loop.client(.stream)
    var bytes: [UInt8] = []
    for id: UInt16 in 1...200 {
      let name = id % 2 == 0 ? "web" : "nobody.example"
      bytes += NamesLoop.framed(NamesLoop.query(name, id: id).encoded())
    }
    #expect(IPSocket.send(client.raw, bytes[...]) == bytes.count)
    let answers = try loop.answers(200, on: client).compactMap { DNSMessage($0) }
    #expect(answers.map(\.id) == Array(1...200))
    #expect(answers.allSatisfy { $0.flags.outcome == ($0.id % 2 == 0 ? 0 : 2) })
  }

  @Test func answersAfterTheEndOfQuestions() throws {
    let upstream = try FakeUpstream { query, _ in
      var answer = DNSMessage(id: query.id, flags: .init(bits: 0x8183))
      answer.questions = query.questions
      return [answer.encoded()]
    }
    let loop = try NamesLoop([upstream])
    let client = try loop.client(.stream)
    for id: UInt16 in 1...20 {
      _ = IPSocket.send(client.raw, NamesLoop.framed(NamesLoop.query("a.b", id: id).encoded())[...])
    }
    shutdown(client.raw, CInt(SHUT_WR))
    let answers = try loop.answers(20, on: client).compactMap { DNSMessage($0) }
    #expect(Set(answers.map(\.id)) == Set(1...20) && upstream.asked.count == 20)
    #expect(try loop.receive(client) == nil)
  }

  @Test func whoSpeaksAnotherLanguage() throws {
    let loop = try NamesLoop()
    let client = try loop.client(.stream)
    _ = IPSocket.send(client.raw, Array("GET / HTTP/1.1\r\n\r\n".utf8)[...])
    #expect(try loop.receive(client) == nil)
  }

  @Test func whoIsSilent() throws {
    let loop = try NamesLoop()
    let before = Clock.monotonicNanoseconds()
    let client = try loop.client(.stream)
    _ = IPSocket.send(client.raw, Self.loopQuery[...])
    _ = try loop.answers(1, on: client)
    let deadline = try #require(loop.server.deadline)
    let after = Clock.monotonicNanoseconds()
    #expect((before + 10_000_000_000...after + 10_000_000_000).contains(deadline))
    loop.server.passTime(deadline)
    #expect(try loop.receive(client) == nil && loop.server.deadline == nil)
  }

  @Test("Whoever does not read does not fill the memory")
  func whoDoesNotRead() throws {
    var table = NameTable()
    table.add(["all"], at: (1...3000).map { .v4(IPv4Address(number: $0)) }, network: "n")
    let loop = try NamesLoop(table: table)
    let client = try loop.client(.stream)
    let question = NamesLoop.framed(NamesLoop.query("all").encoded())
    var sent = 0
    // Until neither of the two takes any more.
    while true {
      let count = try #require(IPSocket.send(client.raw, question[(sent % question.count)...]))
      sent += count
      let before = Clock.monotonicNanoseconds()
      if count == 0 { try loop.turn(until: before + 50_000_000) }
      if count == 0 && Clock.monotonicNanoseconds() - before > 40_000_000 { break }
    }
    // All that was asked whole is answered in the end, beginning with what lay in the buffers.
    let answers = try loop.answers(50, on: client).compactMap { DNSMessage($0) }
    #expect(answers.count >= 50 && answers.allSatisfy { $0.answers.count == 3000 })
  }

  @Test func oldestGivesWay() throws {
    let loop = try NamesLoop()
    let oldest = try loop.client(.stream)
    _ = IPSocket.send(oldest.raw, Self.loopQuery[...])
    #expect(try loop.answers(1, on: oldest).count == 1)
    var others: [CInt] = []
    defer { for other in others { close(other) } }
    for _ in 0..<NameServer.connectionLimit {
      let other = try loop.client(.stream)
      others.append(dup(other.raw))
      _ = IPSocket.send(other.raw, Self.loopQuery[...])
      #expect(try loop.answers(1, on: other).count == 1)
    }
    #expect(try loop.receive(oldest) == nil)
    #expect(IPSocket.send(others[0], Self.loopQuery[...]) != nil)
    #expect(try loop.answers(1, on: OwnedFD(dup(others[0]))).count == 1)
  }

  @Test func whoLeavesWhileUpstreamIsAsked() throws {
    let silent = try FakeUpstream { _, _ in [] }
    let loop = try NamesLoop([silent])
    do {
      let client = try loop.client(.stream)
      _ = IPSocket.send(client.raw, NamesLoop.framed(NamesLoop.query("a.b").encoded())[...])
      try loop.turn { silent.asked.count == 1 }
      // A reset, not an end.
      var now = linger(l_onoff: 1, l_linger: 0)
      setsockopt(client.raw, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }
    try loop.turn { loop.server.deadline == nil }
  }
}

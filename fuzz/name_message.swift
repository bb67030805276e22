// Fuzzes messages of the domain name system: whatever comes, reading never traps, and answers keep their limits.
//
// Compiled by fuzz/run.sh together with those sources of names that need no sockets.

private let table: NameTable = {
  var table = NameTable()
  for number in 1...300 {
    table.add(
      ["web", "db", "a.b"], at: [.v4(IPv4Address(number: 0x0a58_0000 + UInt32(number)))], network: "n")
  }
  table.add(["web", "six"], at: [.v6(.loopback)], network: "n")
  return table
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNameMessage(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  if let message = DNSMessage(bytes) { writeAndRead(message) }
  for isStream in [false, true] {
    switch NameResponder(table: table, turn: size).reply(to: bytes, isStream: isStream) {
    case .silence: precondition(size < 12 || bytes[2] & 0x80 != 0, "a question is not answered")
    case .answer(let answer): check(answer, to: bytes, isStream)
    case .forward(let query): forward(query)
    }
  }
  return 0
}

/// What was read can be written, and then means the same.
private func writeAndRead(_ message: DNSMessage) {
  let written = message.encoded()
  guard let again = DNSMessage(written) else { preconditionFailure("what was written cannot be read") }
  // Names that were pointers are written in full, and may have no room then.
  let isCut = again.flags.isTruncated && !message.flags.isTruncated
  precondition(isCut || again == message, "what was written means something else")
  for name in (message.questions.map(\.name) + message.answers.map(\.name)) {
    precondition(name.wire.count <= 255 && name.labels.allSatisfy { (1...63).contains($0.count) })
    if let text = name.text { precondition(name == .root || DNSName(text)?.matches(name) == true) }
    if let address = name.reversedAddress { precondition(DNSName(reverseOf: address).matches(name)) }
  }
}

private func check(_ answer: [UInt8], to question: [UInt8], _ isStream: Bool) {
  precondition(answer.count >= 12 && answer[..<2] == question[..<2] && answer[2] & 0x80 != 0)
  guard let answer = DNSMessage(answer) else { preconditionFailure("an answer that nobody can read") }
  let limit = isStream ? 65535 : DNSMessage(question)?.datagramLimit ?? 12
  precondition(answer.encoded().count <= limit, "an answer that is too long")
}

private func forward(_ query: DNSMessage) {
  precondition(query.questions.count == 1 && query.flags.operation == 0 && !query.flags.isResponse)
  precondition(query.questions[0].name.labels.count != 1, "a container's name is told to strangers")
  precondition(query.answer(.serverFailure).encoded().count <= 512)
}

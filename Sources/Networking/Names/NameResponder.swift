/// Answers questions from a table of names. It knows of no sockets.
struct NameResponder {
  let table: NameTable
  /// How often it was asked: a name that several have begins with another of them each time.
  var turn = 0

  /// The longest datagram that is taken or sent, in bytes. Datagrams here never leave the machine.
  static let datagramLimit = 4096

  enum Reply: Equatable {
    /// Not a question.
    case silence
    case answer([UInt8])
    /// It is to be asked upstream.
    case forward(DNSMessage)
  }

  /// - Parameter isStream: whether it came by TCP, where answers of any length fit.
  func reply(to bytes: [UInt8], isStream: Bool) -> Reply {
    guard bytes.count >= DNSMessage.headerSize else { return .silence }
    let flags = DNSMessage.Flags(bits: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
    // Servers that answer answers go on for ever.
    if flags.isResponse { return .silence }
    guard let query = DNSMessage(bytes), query.questions.count == 1 else {
      let id = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
      let outcome = flags.operation == 0 ? DNSMessage.Outcome.formatError : .notImplemented
      return .answer(DNSMessage(id: id, flags: flags).answer(outcome).encoded())
    }
    guard let answer = answer(query) else { return .forward(query) }
    return .answer(answer.encoded(limit: isStream ? Int(UInt16.max) : query.datagramLimit))
  }

  /// The answer to a question; nil where it is to be asked upstream.
  private func answer(_ query: DNSMessage) -> DNSMessage? {
    let question = query.questions[0]
    if query.flags.operation != 0 { return query.answer(.notImplemented) }
    if let edns = query.edns, edns.version != 0 { return query.answer(.badVersion) }
    switch question.type.rawValue {
    case 0, DNSMessage.RecordType.options.rawValue: return query.answer(.formatError)
    // Keys, signatures and transfers of zones are between servers.
    case 249...252: return query.answer(.refused)
    default: break
    }
    if question.category != DNSMessage.internet { return query.answer(.refused) }

    if let text = question.name.text, let addresses = addresses(text) {
      let known = addresses.map(DNSMessage.Data.address)
      return query.answer(.success, own: known.filter { question.asks(for: $0) })
    }
    let names = question.name.reversedAddress.map(table.names) ?? []
    if !names.isEmpty {
      let known = names.compactMap { DNSName($0) }.map(DNSMessage.Data.pointer)
      return query.answer(.success, own: known.filter { question.asks(for: $0) })
    }
    // A name without a point is a container's, or nobody's: who waits for an answer from afar waits in vain, and a
    // stranger learns our names.
    if question.name.labels.count == 1 { return query.answer(.noSuchName, own: []) }
    return table.asksUpstream ? nil : query.answer(.serverFailure)
  }

  private func addresses(_ name: String) -> [IPAddress]? {
    guard let addresses = table.lookup(name) else {
      // Never asked elsewhere. Source: RFC 6761, section 6.3.
      return name == "localhost" || name.hasSuffix(".localhost")
        ? [.v4(IPv4Address(number: 0x7f00_0001)), .v6(.loopback)] : nil
    }
    // Each kind by itself: with one of either the first would otherwise be the same each time.
    return rotated(addresses.filter { !$0.isV6 }) + rotated(addresses.filter(\.isV6))
  }

  private func rotated(_ addresses: [IPAddress]) -> [IPAddress] {
    if addresses.isEmpty { return [] }
    let first = turn % addresses.count
    return Array(addresses[first...] + addresses[..<first])
  }
}

extension DNSMessage.Question {
  fileprivate func asks(for data: DNSMessage.Data) -> Bool { type == .any || type == data.type }
}

extension DNSMessage {
  /// How long a datagram that answers this question may be, in bytes.
  var datagramLimit: Int {
    min(max(Int(edns?.size ?? 0), Self.plainSize), NameResponder.datagramLimit)
  }

  /// An answer to this question.
  ///
  /// - Parameter own: what is known about the name, where it is one of ours.
  func answer(_ outcome: Outcome, own: [Data]? = nil) -> DNSMessage {
    var answer = DNSMessage(id: id, flags: flags.kept)
    answer.flags.isResponse = true
    answer.flags.recursionAvailable = true
    answer.flags.isAuthoritative = own != nil
    answer.flags.outcome = outcome.rawValue
    answer.questions = questions
    // What is true now may be wrong after the next start of a container, so nobody is to remember it.
    answer.answers = (own ?? []).map { Record(questions[0].name, $0, lifetime: 0) }
    if let edns {
      var own = EDNS(size: UInt16(NameResponder.datagramLimit))
      own.outcome = UInt8(outcome.rawValue >> 4)
      own.flags = edns.flags & 0x8000
      answer.edns = own
    }
    return answer
  }
}

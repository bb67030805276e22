import Glibc
import Runtime

/// A question that was passed on: one server after the other is asked, each at a socket of its own with a port and an
/// ID that nobody can guess.
final class UpstreamQuery {
  /// Who waits for the answer.
  enum Asker {
    case datagram(SocketAddress)
    case connection(NameConnection)
  }

  let asker: Asker
  let start = Clock.monotonicNanoseconds()
  let query: DNSMessage
  /// What is asked: nothing of the client's but the question and how it wants to be answered. Its ID is another each time.
  private var asked: DNSMessage
  private let upstream: Upstream
  /// Who is still to be asked, the next one last.
  private var left: [IPAddress]
  /// Who is asked now.
  private var server: IPAddress?
  /// The socket at which the answer is waited for.
  private(set) var socket: CInt?
  private var heldSocket: OwnedFD?
  /// When the one who is asked now has had time enough.
  private(set) var deadline: UInt64 = 0
  /// What one said who would not answer: better than nothing at the end.
  private(set) var refusal: [UInt8]?

  private var isStream = false
  /// Of a stream, what is still to be sent.
  private var unsent: ArraySlice<UInt8> = []
  /// Of a stream, what has come so far, with the length in front.
  private var received: [UInt8] = []

  /// - Parameter first: the place among the servers of the one that is asked first.
  init(_ query: DNSMessage, for asker: Asker, at upstream: Upstream, first: Int) {
    self.asker = asker
    self.query = query
    self.upstream = upstream
    let servers = upstream.servers
    let turned =
      servers.isEmpty ? [] : servers[(first % servers.count)...] + servers[..<(first % servers.count)]
    left = Array(repeatElement(turned, count: upstream.attempts).joined().reversed())
    asked = DNSMessage(id: 0, flags: query.flags.forwarded)
    asked.questions = query.questions
    if let edns = query.edns {
      // What fits the client fits us. Its options are between it and us: cookies are of no use elsewhere.
      asked.edns = DNSMessage.EDNS(size: UInt16(query.datagramLimit))
      asked.edns?.flags = edns.flags
    }
  }

  /// Asks the next server.
  ///
  /// - Returns: whether there was one who could be asked.
  func askNext() -> Bool {
    while let next = left.popLast() {
      server = next
      isStream = false
      received = []
      if open(.datagram, to: next), let socket, IPSocket.send(socket, datagram()[...]) != nil {
        return true
      }
    }
    server = nil
    socket = nil
    heldSocket = nil
    return false
  }

  /// Asks the same server once more, by TCP.
  private func askByStream() -> Bool {
    guard let server, open(.stream, to: server) else { return false }
    isStream = true
    let question = datagram()
    unsent = [UInt8(question.count >> 8), UInt8(truncatingIfNeeded: question.count)] + question[...]
    return true
  }

  private func datagram() -> [UInt8] {
    asked.id = UInt16.random(in: .min ... .max)
    return asked.encoded()
  }

  private func open(_ kind: IPSocket.Kind, to server: IPAddress) -> Bool {
    let made = IPSocket.make(kind, isV6: server.isV6)
    if made < 0 { return false }
    socket = made
    heldSocket = OwnedFD(made)
    deadline = Clock.monotonicNanoseconds() + UInt64(upstream.timeout) * 1_000_000_000
    // Connected, so that the kernel keeps the answers of others away, and tells of a server that is not there.
    let result = SocketAddress(server, port: upstream.port).withPointer { connect(made, $0, $1) }
    return result == 0 || errno == EINPROGRESS
  }

  /// Whether it is what somebody has asked before.
  func isSame(_ query: DNSMessage, of asker: Asker) -> Bool {
    guard case .datagram(let mine) = self.asker, case .datagram(let theirs) = asker else { return false }
    return mine == theirs && self.query == query
  }

  /// An answer that the client can take: cut off where it is too long, and of failure where there is none.
  func fitting(_ answer: [UInt8]?) -> [UInt8] {
    guard let answer else { return query.answer(.serverFailure).encoded() }
    guard case .datagram = asker, answer.count > query.datagramLimit else { return answer }
    var short = query.answer(DNSMessage.Outcome(rawValue: UInt16(answer[3] & 15)) ?? .success)
    short.flags.isTruncated = true
    return short.encoded()
  }

  /// What is waited for.
  var events: Poller.Events { unsent.isEmpty ? .input : [.input, .output] }

  enum Progress {
    case waiting
    /// As it is for the client.
    case answer([UInt8])
    /// Another socket is waited for now.
    case changed
    /// This server is of no use.
    case failed
  }

  /// Takes what has come.
  func advance() -> Progress {
    guard let socket else { return .failed }
    if isStream { return advanceStream(socket) }
    // A few, should somebody send others in between; the rest later.
    for _ in 0..<8 {
      // One byte more, so that too long a one is not taken for a whole one.
      switch IPSocket.receive(socket, limit: NameResponder.datagramLimit + 1) {
      case .nothing: return .waiting
      case .broken: return fail()
      case .bytes(let bytes):
        guard isAnswer(bytes) else { continue }
        // Cut off. By TCP it is whole, where the client can take that much.
        let isWhole = bytes[2] & 2 == 0 && bytes.count <= NameResponder.datagramLimit
        if !isWhole, case .connection = asker { return askByStream() ? .changed : fail() }
        return judge(bytes)
      }
    }
    return .waiting
  }

  private func advanceStream(_ socket: CInt) -> Progress {
    if !unsent.isEmpty {
      guard let sent = IPSocket.send(socket, unsent) else { return fail() }
      unsent = unsent.dropFirst(sent)
      if !unsent.isEmpty { return .waiting }
    }
    switch IPSocket.receive(socket, limit: 16 << 10) {
    case .nothing: return .waiting
    case .broken: return fail()
    case .bytes(let bytes):
      if bytes.isEmpty { return fail() }
      received += bytes
      guard received.count >= 2 else { return .waiting }
      let length = Int(received[0]) << 8 | Int(received[1])
      if received.count < length + 2 { return .waiting }
      let answer = Array(received[2..<length + 2])
      return isAnswer(answer) ? judge(answer) : fail()
    }
  }

  /// Whether it answers what was asked: the ID and the question are the same.
  private func isAnswer(_ bytes: [UInt8]) -> Bool {
    var reader = DNSReader(bytes)
    guard let id = reader.number(), id == asked.id, let bits = reader.number(), reader.number() == 1,
      reader.skip(3), let question = reader.question()
    else { return false }
    let (flags, mine) = (DNSMessage.Flags(bits: bits), query.questions[0])
    return flags.isResponse && flags.operation == 0 && question.name.matches(mine.name)
      && question.type == mine.type && question.category == mine.category
  }

  private func judge(_ bytes: [UInt8]) -> Progress {
    var answer = bytes
    answer.replace(query.id, at: 0)
    switch DNSMessage.Outcome(rawValue: UInt16(bytes[3] & 15)) {
    // It is this server that cannot; another may.
    case .serverFailure, .notImplemented, .refused:
      refusal = answer
      return fail()
    default: return .answer(answer)
    }
  }

  /// Does without this server for good.
  private func fail() -> Progress {
    left.removeAll { $0 == server }
    return .failed
  }
}

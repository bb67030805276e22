import Runtime

/// A client that asks by TCP: one question after the other, each behind its length. Source: RFC 7766.
final class NameConnection {
  let socket: OwnedFD
  private var input: [UInt8] = []
  private var output: ArraySlice<UInt8> = []
  /// How many of its questions are asked upstream now.
  var waiting = 0
  /// Whether it will ask no more.
  private(set) var isEnded = false
  /// Nobody is there any more, or nobody who speaks our language.
  private(set) var isBroken = false
  /// When something came or went last, by `Clock.monotonicNanoseconds`.
  private(set) var lastActivity = Clock.monotonicNanoseconds()

  /// The longest question that is taken, in bytes: the longest name, and room for options.
  static let questionLimit = 4096
  /// How many questions may be asked upstream at a time.
  static let waitingLimit = 8
  /// How long one may be silent, in nanoseconds.
  static let patience: UInt64 = 10_000_000_000

  init(_ socket: consuming OwnedFD) { self.socket = socket }

  /// What is waited for. No more is read than can be answered.
  var events: Poller.Events {
    var events: Poller.Events = []
    if !isEnded && takesQuestions { events.insert(.input) }
    if !output.isEmpty { events.insert(.output) }
    return events
  }

  private var takesQuestions: Bool { output.isEmpty && waiting < Self.waitingLimit }

  /// Whether nothing will happen here any more.
  var isOver: Bool { isBroken || isEnded && waiting == 0 && output.isEmpty }

  /// When it has been silent for too long; nil where it is us who are waited for.
  var deadline: UInt64? { waiting > 0 && output.isEmpty ? nil : lastActivity + Self.patience }

  /// Reads what there is, and sends what there is room for.
  func advance() {
    flush()
    guard !isEnded && !isBroken && takesQuestions else { return }
    switch IPSocket.receive(socket.raw, limit: 1024) {
    case .nothing: break
    case .broken: isBroken = true
    case .bytes(let bytes):
      lastActivity = Clock.monotonicNanoseconds()
      if bytes.isEmpty { isEnded = true }
      input += bytes
    }
  }

  /// The next question that has come whole; nil where none has, or none can be taken now.
  func nextQuestion() -> [UInt8]? {
    guard !isBroken, takesQuestions, input.count >= 2 else { return nil }
    let length = Int(input[0]) << 8 | Int(input[1])
    if length > Self.questionLimit {
      isBroken = true
      return nil
    }
    guard input.count >= length + 2 else { return nil }
    let question = Array(input[2..<length + 2])
    input.removeFirst(length + 2)
    if input.isEmpty { input = [] }
    return question
  }

  func answer(_ bytes: [UInt8]) {
    guard !isBroken, bytes.count <= Int(UInt16.max) else { return }
    output += [UInt8(bytes.count >> 8), UInt8(truncatingIfNeeded: bytes.count)] + bytes
    flush()
  }

  private func flush() {
    guard !output.isEmpty, !isBroken else { return }
    guard let sent = IPSocket.send(socket.raw, output) else {
      isBroken = true
      return
    }
    if sent > 0 { lastActivity = Clock.monotonicNanoseconds() }
    // What has been sent is let go of.
    output = sent == output.count ? [] : output.dropFirst(sent)
  }
}

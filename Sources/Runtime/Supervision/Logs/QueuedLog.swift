import Glibc

/// Turns a line into a message.
protocol LogMessageFormat {
  /// A batch of one stream's lines begins.
  mutating func begin(_ stream: LogStream, at time: timespec)
  /// What precedes the line in its message.
  func head(whole: Bool) -> [UInt8]
}

/// Lines as messages to a socket: syslog and journald.
///
/// Messages wait in a queue of limited size while they cannot be sent. What does not fit is lost and counted, and told
/// in the log as soon as there is room; with `mode=blocking` the payload is to wait instead.
final class QueuedLog<Format: LogMessageFormat>: LogTarget {
  private var format: Format
  private let connection: LogConnection
  private let queueSize: Int
  private let holdsPayload: Bool
  private var stream = LogStream.stdout
  private var time = timespec()
  private var heads: (whole: [UInt8], part: [UInt8]) = ([], [])
  private var lost = LogLoss()
  private var untold = LogLoss()

  private static var end: [UInt8] { [0x0A] }

  init(_ format: Format, _ connection: LogConnection, _ options: LogOptions) {
    self.format = format
    self.connection = connection
    queueSize = options.queueSize
    holdsPayload = options.holdsPayload
  }

  /// How much a queue must take: what waits, and, where the payload is to wait, what was read before it does.
  static func capacity(_ options: LogOptions) -> Int {
    options.holdsPayload ? options.queueSize + (16 << 20) : options.queueSize
  }

  var descriptor: CInt { connection.descriptor }
  func ready() { connection.ready() }
  var isDrained: Bool { connection.isDrained }
  func giveUp() { connection.giveUp() }
  var isFull: Bool { holdsPayload && connection.waiting > queueSize }
  var trouble: String? { connection.trouble }
  var loss: LogLoss { lost + LogLoss(lines: connection.discarded, bytes: 0) }

  func begin(_ stream: LogStream, at time: timespec) {
    (self.stream, self.time) = (stream, time)
    format.begin(stream, at: time)
    heads = (format.head(whole: true), format.head(whole: false))
    if untold.lines > 0 { tellLoss() }
  }

  func line(_ bytes: UnsafeRawBufferPointer, whole: Bool) {
    // Told first: the gap is where the notice is.
    if untold.lines == 0 && append(whole ? heads.whole : heads.part, bytes) { return }
    let one = LogLoss(lines: 1, bytes: bytes.count + (whole ? 1 : 0))
    lost = lost + one
    untold = untold + one
  }

  func commit() {
    connection.send()
    if untold.lines > 0 { tellLoss() }
  }

  private func append(_ head: [UInt8], _ body: UnsafeRawBufferPointer) -> Bool {
    head.withUnsafeBytes { head in Self.end.withUnsafeBytes { connection.append(head, body, $0) } }
  }

  private func tellLoss() {
    // Not before a batch's worth of room: else each line that leaves would be followed by a notice.
    guard connection.waiting <= queueSize / 2 else { return }
    format.begin(.stderr, at: time)
    let notice = Array(untold.notice(trouble ?? "the receiver is too slow").utf8)
    if notice.withUnsafeBytes({ append(format.head(whole: true), $0) }) { untold = LogLoss() }
    format.begin(stream, at: time)
  }
}

import Glibc

/// Output that could not be logged.
public struct LogLoss: Equatable, Sendable {
  public var lines = 0
  /// Of the payload's output, without what the log adds to it.
  public var bytes = 0

  public static func + (one: Self, other: Self) -> Self {
    LogLoss(lines: one.lines + other.lines, bytes: one.bytes + other.bytes)
  }

  /// The line that tells of it in the log itself.
  func notice(_ reason: String) -> String {
    let noun = lines == 1 ? "line" : "lines"
    return "swiftainer: \(lines) \(noun) (\(bytes) bytes) of output could not be logged: \(reason)"
  }
}

/// Where lines go. Lines come in batches, each from one read of the payload's output; nothing here waits.
protocol LogTarget: AnyObject {
  /// A batch of one stream's lines begins; all of them get this time.
  func begin(_ stream: LogStream, at time: timespec)
  /// One line without its end. A line that is not `whole` is continued by the next of its stream.
  func line(_ bytes: UnsafeRawBufferPointer, whole: Bool)
  /// The batch is complete.
  func commit()

  /// Readable when `ready` is to be called; -1 where it never is.
  var descriptor: CInt { get }
  func ready()
  /// Everything that was taken has left.
  var isDrained: Bool { get }
  /// What still waits is lost.
  func giveUp()
  /// No more should be read from the payload for now. Only ever true with `mode=blocking`.
  var isFull: Bool { get }
  /// What was lost since the start.
  var loss: LogLoss { get }
  /// Why nothing can be logged at present.
  var trouble: String? { get }
}

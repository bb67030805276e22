import Glibc

/// Prints lines of a log as docker does: those of standard output there, those of standard error there.
public final class LogPrinter {
  private let timestamps: Bool
  private let details: Bool
  /// Where each stream's lines go.
  private let descriptors: [CInt]
  /// What waits to be printed, all of one stream.
  private var buffer: [UInt8] = []
  private var stream = LogStream.stdout
  /// The stream's last record had no line feed: the next one is no line of its own.
  private var isAmidLine = [false, false]

  private static let room = 64 << 10

  /// - Parameters:
  ///   - timestamps: each line is preceded by its time.
  ///   - details: and by what the log says about the container.
  public init(
    timestamps: Bool = false, details: Bool = false, stdout: CInt = STDOUT_FILENO,
    stderr: CInt = STDERR_FILENO
  ) {
    self.timestamps = timestamps
    self.details = details
    descriptors = [stdout, stderr]
    buffer.reserveCapacity(Self.room + (32 << 10))
  }

  public func print(_ record: LogRecord) throws(Failure) {
    if record.stream != stream {
      try flush()
      stream = record.stream
    }
    let index = Int(stream.rawValue)
    if !isAmidLine[index] {
      if timestamps {
        buffer += record.time.map { Array(LogTime.text($0).utf8) } ?? Array(record.timeText)
        buffer.append(UInt8(ascii: " "))
      }
      if details {
        let pairs = record.attributes.map { Self.escaped($0.name) + "=" + Self.escaped($0.value) }
        buffer += Array(pairs.sorted().joined(separator: ",").utf8) + [UInt8(ascii: " ")]
      }
    }
    buffer.append(contentsOf: record.text)
    isAmidLine[index] = record.text.last != 0x0A
    if buffer.count >= Self.room { try flush() }
  }

  /// Prints what waits.
  public func flush() throws(Failure) {
    let failed = buffer.withUnsafeBytes { Self.write($0, to: descriptors[Int(stream.rawValue)]) }
    buffer.removeAll(keepingCapacity: true)
    if failed != 0 { throw Failure("print the log", errno: failed) }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt {
    var at = 0
    while at < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
      if count >= 0 {
        at += count
      } else if errno == EAGAIN {
        // Somebody else's terminal or pipe may be non-blocking.
        var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&polled, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }

  /// As Go's QueryEscape: docker prints names and values so, as they may have commas and blanks in them.
  private static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      case 0x20: bytes.append(UInt8(ascii: "+"))
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

import Glibc
import OCISpec

/// Lines as docker's json-file driver writes them, in files that are rotated.
///
/// What one read yields is encoded into a buffer that is used again, and written by one call. A disk that is full loses
/// lines, which are counted and told in the log as soon as there is room; the payload is never held up.
final class JSONFileLog: LogTarget {
  private let folder: String
  private let maximumSize: Int
  private let maximumCount: Int
  private var file: OwnedFD
  /// The file's size as far as we know: others may have truncated it.
  private var size: Int

  /// Enough for a batch as it usually is; a record that does not fit any more is preceded by a write.
  private static let room = 256 << 10
  private let buffer: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private var used = 0

  private static let head: StaticString = #"{"log":""#
  /// What follows the line in a record, up to its end, for each stream; the time is written anew for each batch.
  private let tails: [UnsafeMutableBufferPointer<UInt8>]
  private var tail: UnsafeMutableBufferPointer<UInt8>

  /// What is in the buffer, of the payload's output.
  private var lines = 0
  private var bytes = 0
  /// No new file could be made; not tried again before the next batch.
  private var isStuck = false
  private(set) var loss = LogLoss()
  private var untold = LogLoss()
  private(set) var trouble: String?

  let descriptor: CInt = -1
  let isDrained = true
  let isFull = false
  func ready() {}
  func giveUp() {}

  init(in folder: String, _ options: LogOptions, attributes: [(String, String)]) throws(Failure) {
    self.folder = folder
    maximumSize = options.maximumSize ?? .max
    maximumCount = options.maximumCount
    file = try LogFiles.open(in: folder)
    size = LogFiles.size(of: file.raw)
    tails = LogStream.allCases.map { Self.tail(of: $0, attributes) }
    tail = tails[0]
    capacity = Self.room + 2 * tails[1].count
    buffer = .allocate(capacity: capacity)
  }

  deinit {
    for tail in tails { tail.deallocate() }
    buffer.deallocate()
  }

  private static let timeLength = 29

  private static func tail(
    of stream: LogStream, _ attributes: [(String, String)]
  ) -> UnsafeMutableBufferPointer<UInt8> {
    var text = Array(#"","stream":""#.utf8) + Array(stream.name.description.utf8) + Array(#"","#.utf8)
    if !attributes.isEmpty {
      var writer = JSONWriter()
      writer.object { writer in
        for (name, value) in attributes {
          writer.name(name)
          writer.string(value)
        }
      }
      text += Array(#""attrs":"#.utf8) + writer.bytes + [UInt8(ascii: ",")]
    }
    text += Array(#""time":""#.utf8) + [UInt8](repeating: 0x30, count: timeLength)
    text += Array("Z\"}\n".utf8)
    let tail = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
    _ = tail.initialize(from: text)
    return tail
  }

  func begin(_ stream: LogStream, at time: timespec) {
    isStuck = false
    tail = tails[Int(stream.rawValue)]
    LogTime.write(time, to: tail.baseAddress! + (tail.count - 4 - Self.timeLength))
  }

  func line(_ bytes: UnsafeRawBufferPointer, whole: Bool) {
    let most = Self.head.utf8CodeUnitCount + bytes.count * JSONEscaping.growth + 2 + tail.count
    if used + most + JSONEscaping.slack > capacity { flush() }
    let start = used
    append(bytes, whole)
    if size + used > maximumSize && size + start > 0 && !isStuck { rotate(before: start) }
    lines += 1
    self.bytes += bytes.count + (whole ? 1 : 0)
  }

  func commit() { if used > 0 { flush() } }

  private func append(_ line: UnsafeRawBufferPointer, _ whole: Bool) {
    var out = buffer + used
    memcpy(out, Self.head.utf8Start, Self.head.utf8CodeUnitCount)
    out += Self.head.utf8CodeUnitCount
    if let source = line.baseAddress {
      out = JSONEscaping.write(source.assumingMemoryBound(to: UInt8.self), line.count, to: out)
    }
    if whole {
      out[0] = 0x5C
      out[1] = UInt8(ascii: "n")
      out += 2
    }
    memcpy(out, tail.baseAddress!, tail.count)
    used = out + tail.count - buffer
  }

  /// Writes what precedes the record at `start`, which would pass the size, and goes on in a new file.
  private func rotate(before start: Int) {
    let record = used - start
    used = start
    if used > 0 { flush() }
    memmove(buffer, buffer + start, record)
    used = record
    size = LogFiles.size(of: file.raw)
    guard size > 0 && size + record > maximumSize else { return }
    do throws(Failure) {
      file = try LogFiles.rotate(in: folder, keeping: maximumCount)
      size = 0
    } catch {
      // Better to lose the oldest lines than to pass the size or to lose the newest.
      if maximumCount == 1, ftruncate(file.raw, 0) == 0 { size = 0 } else { isStuck = true }
    }
  }

  /// Writes the buffer, with what there is to tell before it.
  private func flush() {
    let batch = LogLoss(lines: lines, bytes: bytes)
    (lines, bytes) = (0, 0)
    let records = UnsafeRawBufferPointer(start: buffer, count: used)
    used = 0
    if size + records.count > maximumSize && size > 0 {
      // No new file could be made, and this one is full.
      return lose(batch, "no new file could be made")
    }
    var notice: [UInt8] = []
    if untold.lines > 0 {
      let text = JSONValue.object([
        .init("log", .string(untold.notice(trouble ?? "") + "\n")), .init("stream", "stderr"),
        .init("time", .string(LogTime.text(LogTime.now()))),
      ])
      notice = text.json() + [0x0A]
    }
    let (written, failed) = notice.withUnsafeBytes { Self.write($0, records, to: file.raw) }
    size += written
    if failed == 0 {
      (untold, trouble) = (LogLoss(), nil)
      return
    }
    // A torn record is taken back: every line of the file can be read.
    let complete = Self.complete(records, written - notice.count)
    if written >= notice.count && written > 0 { untold = LogLoss() }
    let kept = written >= notice.count ? notice.count + complete.bytes : 0
    if kept < written {
      size = max(0, LogFiles.size(of: file.raw) - (written - kept))
      _ = ftruncate(file.raw, size)
    }
    // The bytes of the lines that are in the file, by their number.
    let share = batch.lines > 0 ? complete.lines * batch.bytes / batch.lines : 0
    lose(LogLoss(lines: batch.lines - complete.lines, bytes: batch.bytes - share), errnoText(failed))
  }

  private func lose(_ lost: LogLoss, _ reason: String) {
    loss = loss + lost
    untold = untold + lost
    trouble = reason
  }

  /// How many records the first bytes hold, and how long these are.
  private static func complete(_ records: UnsafeRawBufferPointer, _ written: Int) -> (lines: Int, bytes: Int)
  {
    var lines = 0
    var end = 0
    for index in 0..<max(0, written) where records[index] == 0x0A {
      lines += 1
      end = index + 1
    }
    return (lines, end)
  }

  private static func write(
    _ notice: UnsafeRawBufferPointer, _ records: UnsafeRawBufferPointer, to file: CInt
  ) -> (written: Int, errno: CInt) {
    let total = notice.count + records.count
    var written = 0
    while written < total {
      let skipped = min(written, notice.count)
      let parts = [
        iovec(
          iov_base: UnsafeMutableRawPointer(mutating: notice.baseAddress.map { $0 + skipped }),
          iov_len: notice.count - skipped),
        iovec(
          iov_base: UnsafeMutableRawPointer(mutating: records.baseAddress! + (written - skipped)),
          iov_len: records.count - (written - skipped)),
      ]
      let count = writev(file, parts, 2)
      if count < 0 {
        if errno == EINTR { continue }
        return (written, errno)
      }
      written += count
    }
    return (written, 0)
  }
}

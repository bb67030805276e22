import Glibc
import OCISpec

/// A line of a log as it is read. Its bytes are valid until the next one is read.
public struct LogRecord {
  public var stream: LogStream
  /// As the payload wrote it; without a line feed at its end where the next record of its stream continues it.
  public var text: UnsafeRawBufferPointer
  /// RFC 3339.
  public var timeText: UnsafeRawBufferPointer
  /// A JSON object of strings, or nothing.
  var attributesText: UnsafeRawBufferPointer

  /// When it was read from the payload; nil where what is written there is no time.
  public var time: timespec? { LogMoment.parse(timeText) }

  /// What the log says about the container, by name.
  public var attributes: [(name: String, value: String)] {
    guard attributesText.count > 0, let document = try? JSONDocument(Array(attributesText), name: "attrs"),
      let members = try? document.root.object().members
    else { return [] }
    return members.map { ($0.name, (try? $0.value.string()) ?? "") }
  }
}

/// Reads records of json-file logs: fast where they are as we write them, and otherwise any with the same members.
struct LogRecordParser: ~Copyable {
  private var room = UnsafeMutablePointer<UInt8>.allocate(capacity: 4096)
  private var capacity = 4096

  deinit { room.deallocate() }

  /// The record in a line without its end; nil where it is none, as one that a crash has torn.
  mutating func parse(_ line: UnsafeRawBufferPointer) -> LogRecord? {
    if line.count + 8 > capacity {
      room.deallocate()
      capacity = 2 * line.count + 8
      room = .allocate(capacity: capacity)
    }
    return parseOwn(line) ?? parseAny(line)
  }

  private func parseOwn(_ line: UnsafeRawBufferPointer) -> LogRecord? {
    var at = 0
    guard skip(#"{"log":""#, line, &at), let text = unescape(line, &at), skip(#","stream":"std"#, line, &at)
    else {
      return nil
    }
    let stream: LogStream
    if skip(#"out","#, line, &at) {
      stream = .stdout
    } else if skip(#"err","#, line, &at) {
      stream = .stderr
    } else {
      return nil
    }
    var attributes = UnsafeRawBufferPointer(start: nil, count: 0)
    if skip(#""attrs":"#, line, &at) {
      // It ends before the time, which is the last member.
      guard let end = lastQuoteBeforeTime(line), end > at, line[end - 1] == UInt8(ascii: ",") else {
        return nil
      }
      attributes = UnsafeRawBufferPointer(rebasing: line[at..<end - 1])
      at = end
    }
    guard skip(#""time":""#, line, &at), line.count - at >= 3, line.count - at < 48,
      line[line.count - 1] == UInt8(ascii: "}"), line[line.count - 2] == UInt8(ascii: "\"")
    else { return nil }
    let time = UnsafeRawBufferPointer(rebasing: line[at..<line.count - 2])
    guard time.allSatisfy({ $0 > 0x2A && $0 < 0x5B }) else { return nil }
    return LogRecord(stream: stream, text: text, timeText: time, attributesText: attributes)
  }

  private func skip(_ expected: StaticString, _ line: UnsafeRawBufferPointer, _ at: inout Int) -> Bool {
    let count = expected.utf8CodeUnitCount
    guard line.count - at >= count, memcmp(line.baseAddress! + at, expected.utf8Start, count) == 0 else {
      return false
    }
    at += count
    return true
  }

  /// Where `"time":"` begins.
  private func lastQuoteBeforeTime(_ line: UnsafeRawBufferPointer) -> Int? {
    var at = line.count - 10
    while at > max(0, line.count - 60) {
      var after = at
      if skip(#""time":""#, line, &after) { return at }
      at -= 1
    }
    return nil
  }

  /// The members in any order, with others among them, as other programs write them.
  private func parseAny(_ line: UnsafeRawBufferPointer) -> LogRecord? {
    guard line.first == UInt8(ascii: "{"), let document = try? JSONDocument(Array(line), name: "line"),
      let members = try? document.root.object()
    else { return nil }
    func slice(_ node: JSONNode?) -> UnsafeRawBufferPointer {
      guard let source = node?.source else { return UnsafeRawBufferPointer(rebasing: line[0..<0]) }
      return UnsafeRawBufferPointer(rebasing: line[source.startIndex..<source.endIndex])
    }
    let (log, time) = (slice(members["log"]), slice(members["time"]))
    guard time.count > 2, let stream = try? members["stream"]?.string() ?? "stdout" else { return nil }
    var at = 1
    return LogRecord(
      stream: stream == "stderr" ? .stderr : .stdout,
      text: (log.count > 2 ? unescape(log, &at) : nil) ?? UnsafeRawBufferPointer(rebasing: line[0..<0]),
      timeText: UnsafeRawBufferPointer(rebasing: time[1..<time.count - 1]),
      attributesText: slice(members["attrs"]))
  }

  /// A string's text, from after its first quote to after its last; nil where there is none.
  private func unescape(_ line: UnsafeRawBufferPointer, _ at: inout Int) -> UnsafeRawBufferPointer? {
    guard let source = line.baseAddress else { return nil }
    var out = room
    var index = at
    let count = line.count
    while true {
      while count - index >= 8 {
        let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        UnsafeMutableRawPointer(out).storeBytes(of: word, as: UInt64.self)
        let special = Self.quotesAndSlashes(in: UInt64(littleEndian: word))
        if special != 0 {
          let plain = special.trailingZeroBitCount >> 3
          index += plain
          out += plain
          break
        }
        index += 8
        out += 8
      }
      guard index < count else { return nil }
      let byte = source.load(fromByteOffset: index, as: UInt8.self)
      if byte == UInt8(ascii: "\"") {
        at = index + 1
        return UnsafeRawBufferPointer(start: room, count: out - room)
      }
      if byte != 0x5C {
        out.pointee = byte
        out += 1
        index += 1
      } else if !unescapeOne(line, &index, &out) {
        return nil
      }
    }
  }

  private static func quotesAndSlashes(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (0x22 * ones)
    let slashes = word ^ (0x5C * ones)
    return (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)) & (0x80 * ones)
  }

  private func unescapeOne(
    _ line: UnsafeRawBufferPointer, _ index: inout Int, _ out: inout UnsafeMutablePointer<UInt8>
  ) -> Bool {
    guard index + 1 < line.count else { return false }
    let plain: UInt8
    switch line[index + 1] {
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = line[index + 1]
    case UInt8(ascii: "u"):
      guard var code = Self.unit(line, index + 2) else { return false }
      index += 6
      if code & 0xFC00 == 0xD800, index + 1 < line.count, line[index] == 0x5C,
        line[index + 1] == UInt8(ascii: "u"),
        let low = Self.unit(line, index + 2), low & 0xFC00 == 0xDC00
      {
        code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
        index += 6
      }
      let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
      for byte in UTF8.encode(scalar)! {
        out.pointee = byte
        out += 1
      }
      return true
    default: return false
    }
    out.pointee = plain
    out += 1
    index += 2
    return true
  }

  private static func unit(_ line: UnsafeRawBufferPointer, _ at: Int) -> UInt32? {
    guard at + 4 <= line.count else { return nil }
    var value: UInt32 = 0
    for byte in line[at..<at + 4] {
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
      default: return nil
      }
    }
    return value
  }
}

import Glibc

/// Cuts a stream of bytes into lines of at most `limit` bytes, however the reads fall.
///
/// The start of a line that is not complete yet is kept; all others are handed on where they lie.
struct LineSplitter: ~Copyable {
  /// As docker cuts them.
  static let limit = 16 << 10

  private let kept = UnsafeMutablePointer<UInt8>.allocate(capacity: limit)
  private var count = 0

  deinit { kept.deallocate() }

  /// Takes what was read. `line` is given each line without its end, and whether it is a whole one: else it is
  /// continued by the next.
  mutating func feed(_ bytes: UnsafeRawBufferPointer, _ line: (UnsafeRawBufferPointer, Bool) -> Void) {
    guard let base = bytes.baseAddress else { return }
    let total = bytes.count
    var at = 0
    while count > 0 && at < total {
      // A line of exactly the limit is a whole one if its end is next.
      let room = Self.limit - count
      let reach = min(room + 1, total - at)
      if let end = Self.newline(base + at, reach) {
        memcpy(kept + count, base + at, end)
        line(UnsafeRawBufferPointer(start: kept, count: count + end), true)
        count = 0
        at += end + 1
      } else if reach <= room {
        memcpy(kept + count, base + at, reach)
        count += reach
        at += reach
      } else {
        memcpy(kept + count, base + at, room)
        at += room
        let cut = Self.cut(kept)
        line(UnsafeRawBufferPointer(start: kept, count: cut), false)
        count = Self.limit - cut
        memmove(kept, kept + cut, count)
      }
    }
    while at < total {
      let found = Self.newline(base + at, total - at)
      let end = at + (found ?? total - at)
      while end - at > Self.limit {
        let cut = Self.cut(base + at)
        line(UnsafeRawBufferPointer(start: base + at, count: cut), false)
        at += cut
      }
      if found == nil {
        memcpy(kept, base + at, end - at)
        count = end - at
        return
      }
      line(UnsafeRawBufferPointer(start: base + at, count: end - at), true)
      at = end + 1
    }
  }

  /// The stream has ended: a last line without an end counts as whole.
  mutating func end(_ line: (UnsafeRawBufferPointer, Bool) -> Void) {
    if count > 0 { line(UnsafeRawBufferPointer(start: kept, count: count), true) }
    count = 0
  }

  var isEmpty: Bool { count == 0 }

  private static func newline(_ start: UnsafeRawPointer, _ count: Int) -> Int? {
    memchr(start, 0x0A, count).map { UnsafeRawPointer($0) - start }
  }

  /// Where to cut `limit` bytes, so that no character is torn.
  private static func cut(_ start: UnsafeRawPointer) -> Int {
    for back in 1...3 {
      let byte = start.load(fromByteOffset: limit - back, as: UInt8.self)
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > back ? limit - back : limit
    }
    return limit
  }
}

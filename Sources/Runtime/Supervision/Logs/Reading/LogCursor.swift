import Glibc

/// One file of a log, read line by line.
///
/// It stays what it is when it is renamed, and can be read to its end when it is removed.
final class LogCursor {
  private let file: OwnedFD
  private let device: dev_t
  private let inode: ino_t
  /// Where to read on, in bytes.
  private var offset = 0
  /// Where to stop, whatever is written meanwhile.
  private var limit = Int.max
  private var buffer = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 8)
  private var capacity = room
  /// What was read and not given out yet: the start of a line.
  private var kept = 0

  private static let room = 256 << 10
  /// No record is as long: what is, is skipped.
  private static let longest = 16 << 20

  /// Nil where the file cannot be opened.
  init?(_ path: String) {
    guard let file = try? Files.open(path, O_RDONLY | O_NOFOLLOW) else { return nil }
    var status = stat()
    guard fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    (device, inode) = (status.st_dev, status.st_ino)
    self.file = file
  }

  deinit { buffer.deallocate() }

  func isSame(as other: LogCursor) -> Bool { device == other.device && inode == other.inode }

  /// Whether this is the file at a path.
  func isAt(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode
  }

  /// When it was last written to.
  var changed: timespec {
    var status = stat()
    return fstat(file.raw, &status) == 0 ? status.st_mtim : timespec()
  }

  var size: Int { LogFiles.size(of: file.raw) }
  /// There is the start of a line, whose end may come or not.
  var isAmidLine: Bool { kept > 0 }

  func begin(at offset: Int) { (self.offset, kept) = (offset, 0) }
  func stop(at limit: Int) { self.limit = limit }
  func stopAtEnd() { limit = size }

  /// Gives out each line that is complete, without its end, until there are no more or `each` says false. Returns
  /// whether it never did.
  func lines(_ each: (UnsafeRawBufferPointer) throws -> Bool) rethrows -> Bool {
    // Truncated by others, as people do where disks are full.
    if size < offset { begin(at: 0) }
    while true {
      if kept == capacity { grow() }
      let count = pread(file.raw, buffer + kept, min(capacity - kept, limit - offset), offset)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return true }
      offset += count
      let end = kept + count
      var start = 0
      while let found = memchr(buffer + start, 0x0A, end - start) {
        let line = UnsafeRawBufferPointer(
          start: buffer + start, count: UnsafeMutableRawPointer(found) - buffer - start)
        start += line.count + 1
        if try !each(line) {
          kept = 0
          return false
        }
      }
      kept = end - start
      memmove(buffer, buffer + start, kept)
    }
  }

  private func grow() {
    if capacity >= Self.longest {
      kept = 0
      return
    }
    let larger = UnsafeMutableRawPointer.allocate(byteCount: 2 * capacity, alignment: 8)
    memcpy(larger, buffer, kept)
    buffer.deallocate()
    (buffer, capacity) = (larger, 2 * capacity)
  }

  // MARK: From the end

  private static let block = 64 << 10

  /// The end of the last complete line before an offset; 0 where there is none.
  func lineEnd(before offset: Int) -> Int {
    var end = offset
    while end > 0 {
      let start = max(0, end - Self.block)
      let count = pread(file.raw, buffer, end - start, start)
      if count <= 0 { return 0 }
      if let found = lastLineFeed(count) { return start + found + 1 }
      end = start
    }
    return 0
  }

  /// Goes back over as many complete lines from an offset, which is a line's end. Returns where the first of them begins
  /// and how many there were.
  func back(_ count: Int, from offset: Int) -> (start: Int, count: Int) {
    var (end, passed, start) = (offset, 0, offset)
    while end > 0 && passed < count {
      let first = max(0, end - Self.block)
      let got = pread(file.raw, buffer, end - first, first)
      if got <= 0 { return (start, passed) }
      var rest = end == offset ? got - 1 : got
      while passed < count, let found = lastLineFeed(rest) {
        rest = found
        start = first + rest + 1
        passed += 1
      }
      end = first
    }
    // The first line has no other's end before it.
    return passed < count && offset > 0 ? (0, passed + 1) : (start, passed)
  }

  private func lastLineFeed(_ count: Int) -> Int? {
    var at = count
    while at > 0 {
      at -= 1
      if buffer.load(fromByteOffset: at, as: UInt8.self) == 0x0A { return at }
    }
    return nil
  }

  /// The bytes of a part of the file, at most as many as the first buffer holds.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    let count = pread(file.raw, buffer, min(range.count, capacity), range.lowerBound)
    return UnsafeRawBufferPointer(start: buffer, count: max(0, count))
  }
}

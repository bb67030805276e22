import Glibc

/// Reads a json-file log across its files, from the tail if that is wanted, and goes on while its container lives.
public final class LogReader {
  private let folder: String
  private let query: LogQuery
  private var parser = LogRecordParser()
  /// How many lines could not be read.
  public private(set) var unreadable = 0

  /// - Parameter folder: where the files are. It may be empty or missing.
  public init(in folder: String, _ query: LogQuery) {
    self.folder = folder
    self.query = query
  }

  /// Gives out the lines.
  ///
  /// - Parameters:
  ///   - isAlive: whether there may be more lines. When it says no, all lines are in the files.
  ///   - pause: called before waiting for more lines.
  ///   - each: called with each line.
  public func read(
    isAlive: () -> Bool = { false }, pause: () throws -> Void = {}, _ each: (LogRecord) throws -> Void
  ) throws {
    var cursors = files(newerThan: nil)
    if let since = query.since {
      // Nothing of interest in what was last written to before; the clock of files is a coarser one.
      let margin = timespec(tv_sec: since.tv_sec - 1, tv_nsec: since.tv_nsec)
      while let oldest = cursors.first, cursors.count > 1, isBefore(oldest.changed, margin) {
        cursors.removeFirst()
      }
    }
    if let tail = query.tail { seek(tail, &cursors) }
    if !query.follows { for cursor in cursors { cursor.stopAtEnd() } }
    for cursor in cursors.dropLast() {
      if try !pass(cursor, each) { return }
      leave(cursor)
    }
    guard query.follows else {
      guard let last = cursors.last, try pass(last, each) else { return }
      // A line that is being written is not one that is torn.
      if last.isAmidLine && !isAlive() { leave(last) }
      return
    }
    try follow(cursors.last, isAlive, pause, each)
  }

  /// The log's files from the oldest to the newest, or only those that are newer than one.
  private func files(newerThan known: LogCursor?) -> [LogCursor] {
    while true { if let found = look(newerThan: known) { return found } }
  }

  /// They may be renamed meanwhile. Opened from the newest on, none is missed: one that was moved is met again.
  ///
  /// - Returns: nil where so many were moved between two looks that their order is not known.
  private func look(newerThan known: LogCursor?) -> [LogCursor]? {
    var found: [LogCursor] = []
    var missing = 0
    var index = 0
    // Numbers can be missing where a rotation was cut short.
    while missing < 3 {
      let cursor = LogCursor(path(index))
      index += 1
      guard let cursor else {
        missing += 1
        continue
      }
      missing = 0
      if let known, cursor.isSame(as: known) { break }
      if found.contains(where: cursor.isSame) { continue }
      // Numbers only grow: what has a lower one even now is newer than this one.
      if let last = found.last, !(0..<index - 1).reversed().contains(where: { last.isAt(path($0)) }) {
        return nil
      }
      found.append(cursor)
    }
    return found.reversed()
  }

  private func path(_ index: Int) -> String { LogFiles.path(index, in: folder) }

  /// Sets out from the line that is the `count`th from the end.
  private func seek(_ count: Int, _ cursors: inout [LogCursor]) {
    var (left, first) = (count, cursors.count - 1)
    var isPast = query.until == nil
    for index in cursors.indices.reversed() {
      let cursor = cursors[index]
      var end = cursor.lineEnd(before: cursor.size)
      while !isPast && end > 0 {
        let start = cursor.back(1, from: end).start
        if !isTooLate(cursor, start..<end) { isPast = true } else { end = start }
      }
      let (start, passed) = cursor.back(left, from: end)
      cursor.begin(at: start)
      (left, first) = (left - passed, index)
      if left == 0 { break }
    }
    if first > 0 { cursors.removeFirst(first) }
  }

  private func isTooLate(_ cursor: LogCursor, _ line: Range<Int>) -> Bool {
    let bytes = cursor.bytes(line)
    guard bytes.count > 0, let until = query.until,
      let time = parser.parse(UnsafeRawBufferPointer(rebasing: bytes.dropLast()))?.time
    else { return false }
    return isBefore(until, time)
  }

  /// Gives out what a file has; false where a line was too late, and so are all others.
  private func pass(_ cursor: LogCursor, _ each: (LogRecord) throws -> Void) throws -> Bool {
    try cursor.lines { line in
      guard let record = parser.parse(line) else {
        unreadable += 1
        return true
      }
      if query.needsTimes, let time = record.time {
        if let since = query.since, isBefore(time, since) { return true }
        if let until = query.until, isBefore(until, time) { return false }
      }
      try each(record)
      return true
    }
  }

  /// The file is complete: what has no end will have none.
  private func leave(_ cursor: LogCursor) {
    if cursor.isAmidLine { unreadable += 1 }
  }

  private func follow(
    _ newest: LogCursor?, _ isAlive: () -> Bool, _ pause: () throws -> Void,
    _ each: (LogRecord) throws -> Void
  ) throws {
    var current = newest
    let changes = LogChanges(folder)
    while true {
      // Asked first: what is written before the answer is no is read after it.
      let isLast = !isAlive() || isOver
      if let cursor = current {
        // Looked at first: nothing is written to a file after it has been renamed.
        let isRotated = !cursor.isAt(path(0))
        if try !pass(cursor, each) { return }
        let newer = isRotated ? files(newerThan: cursor) : []
        if let next = newer.last {
          leave(cursor)
          for cursor in newer.dropLast() {
            if try !pass(cursor, each) { return }
            leave(cursor)
          }
          current = next
          continue
        }
      } else if let cursor = files(newerThan: nil).last {
        current = cursor
        continue
      }
      if isLast {
        if let current, !isOver { leave(current) }
        return
      }
      try pause()
      changes.wait(atMost: timeLeft)
    }
  }

  /// Milliseconds until no more lines are wanted; at most one second.
  private var timeLeft: CInt {
    guard let until = query.until else { return 1000 }
    let now = LogTime.now()
    let left = (until.tv_sec - now.tv_sec) * 1000 + (until.tv_nsec - now.tv_nsec) / 1_000_000 + 1
    return CInt(clamping: min(max(left, 0), 1000))
  }

  /// The moment up to which lines are wanted has passed.
  private var isOver: Bool { query.until.map { isBefore($0, LogTime.now()) } ?? false }
}

/// Waits for something to happen in a log's folder and in its container's.
final class LogChanges {
  private let inotify: OwnedFD
  /// Milliseconds: how long to wait for an event before looking anyway. Whoever is killed says nothing.
  private var patience: CInt = first
  private static let (first, longest): (CInt, CInt) = (10, 1000)

  init(_ folder: String) {
    inotify = OwnedFD(inotify_init1(CInt(IN_NONBLOCK | IN_CLOEXEC)))
    _ = inotify_add_watch(inotify.raw, folder, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO))
    // The status is put in place there when a container has ended.
    _ = inotify_add_watch(inotify.raw, folder + "/..", UInt32(IN_MOVED_TO))
  }

  /// Milliseconds.
  func wait(atMost limit: CInt) {
    var polled = pollfd(fd: inotify.raw, events: Int16(POLLIN), revents: 0)
    guard poll(&polled, 1, min(patience, limit)) > 0 else {
      patience = min(2 * patience, Self.longest)
      return
    }
    patience = Self.first
    // Only that there were some.
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { room in
      while Glibc.read(inotify.raw, room.baseAddress, room.count) > 0 {}
    }
  }
}

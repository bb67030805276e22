import Glibc
import OCISpec
import Runtime

/// Reads the events that were, then those that come, wherever the log is moved meanwhile.
public final class EventReader {
  private let log: EventLog
  /// Tells of changes in the log's folder. The corresponding C function is `inotify_init1`.
  private let watch: OwnedFD
  private var current: EventFile?
  /// The file before it: who opened that before it was moved may still write to it.
  private var former: EventFile?
  private var isFirst = true

  public init(_ log: EventLog) throws(Failure) {
    self.log = log
    // There may have been no event yet.
    try Files.makeFolders(log.folder, mode: 0o700)
    let descriptor = inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK))
    if descriptor < 0 { throw Failure("watch", log.folder, errno: errno) }
    watch = OwnedFD(descriptor)
    // Before anything is read: what is written from here on is told.
    if inotify_add_watch(descriptor, log.folder, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)) < 0 {
      throw Failure("watch", log.folder, errno: errno)
    }
    repeat {
      current = EventFile(log.file)
      former = EventFile(log.former)
      // Where it was moved in between, the same file was opened twice.
    } while current != nil && current?.inode == former?.inode
  }

  /// The next events: at first those there are, from then on as soon as there are some. Nil once the moment is over.
  public func next(until end: Moment?) throws(Failure) -> [EngineEvent]? {
    while true {
      let events = read()
      if isFirst || !events.isEmpty {
        isFirst = false
        return events
      }
      if let end, Moment.now() >= end { return nil }
      try wait(until: end)
    }
  }

  private func read() -> [EngineEvent] {
    var events = (former?.read() ?? []) + (current?.read() ?? [])
    var place = stat()
    guard stat(log.file, &place) == 0, place.st_ino != current?.inode else { return events }
    // Moved, after it was read: the rest of it is read next time as well.
    events += current?.read() ?? []
    let last = current?.inode
    if let file = current { former = file }
    // More than one file may have come since.
    if let between = EventFile(log.former), between.inode != last, last != nil {
      former = between
      events += between.read()
    }
    current = EventFile(log.file)
    return events + (current?.read() ?? [])
  }

  private func wait(until end: Moment?) throws(Failure) {
    var timeout: CInt = -1
    if let end {
      // Rounded up, so as not to come back a moment too early.
      let left = (end.nanoseconds - Moment.now().nanoseconds) / 1_000_000 + 1
      timeout = CInt(clamping: max(0, left))
    }
    var descriptor = pollfd(fd: watch.raw, events: Int16(POLLIN), revents: 0)
    if poll(&descriptor, 1, timeout) < 0, errno != EINTR { throw Failure("wait for events", errno: errno) }
    var told = [UInt8](repeating: 0, count: 4096)
    while Glibc.read(watch.raw, &told, told.count) > 0 {}
  }
}

/// One file of the log, read line by line.
private final class EventFile {
  private let file: OwnedFD
  private let path: String
  let inode: ino_t
  /// The start of a line whose end is not written yet.
  private var rest: [UInt8] = []

  /// Nil where there is none.
  init?(_ path: String) {
    guard let file = try? Files.open(path, O_RDONLY) else { return nil }
    var status = stat()
    guard fstat(file.raw, &status) == 0 else { return nil }
    self.file = file
    self.path = path
    inode = status.st_ino
  }

  /// The events since the last time. Lines that are none are passed over.
  func read() -> [EngineEvent] {
    guard let bytes = try? Files.read(file.raw, path), !bytes.isEmpty else { return [] }
    var lines = (rest + bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    rest = Array(lines.removeLast())
    return lines.compactMap { line in
      guard !line.isEmpty, let document = try? JSONDocument(Array(line), name: path) else { return nil }
      return try? EngineEvent(json: document.root)
    }
  }
}

import CShim
import Glibc
import OCISpec

/// Reads a container's lines back from the journal, by the program `journalctl`.
public struct JournalReader {
  private let id: String
  private let query: LogQuery
  private let program: String

  /// - Parameter id: the container's whole ID.
  public init(of id: String, _ query: LogQuery, program: String = "journalctl") {
    self.id = id
    self.query = query
    self.program = program
  }

  var arguments: [String] {
    var arguments = [program, "--quiet", "--no-pager", "--all", "--output=json"]
    if query.follows { arguments.append("--follow") }
    arguments.append("--lines=" + (query.tail.map { Decimal.text($0) } ?? "all"))
    if let since = query.since { arguments.append("--since=" + Self.text(since)) }
    if let until = query.until { arguments.append("--until=" + Self.text(until)) }
    return arguments + ["CONTAINER_ID_FULL=" + id]
  }

  /// Seconds since 1970, as journalctl takes them, with microseconds.
  private static func text(_ time: timespec) -> String {
    let digits = Decimal.text(time.tv_nsec / 1000)
    return "@" + Decimal.text(time.tv_sec) + "." + String(repeating: "0", count: 6 - digits.utf8.count)
      + digits
  }

  /// Gives out the lines; as `LogReader.read`.
  public func read(
    isAlive: () -> Bool = { false }, pause: () throws -> Void = {}, _ each: (LogRecord) throws -> Void
  ) throws {
    var ends: [CInt] = [-1, -1]
    let piped = shim_pipe(&ends)
    if piped < 0 { throw Failure("run", program, errno: -piped) }
    let output = OwnedFD(ends[0])
    let pid = ChildProgram.start(arguments[0], arguments, descriptors: [(ends[1], STDOUT_FILENO)])
    close(ends[1])
    if pid < 0 {
      throw Failure("run", program, errno: -pid, hint: "the container logs to the journal, which it reads")
    }
    var isEnded = false
    defer {
      if !isEnded { kill(pid, SIGTERM) }
      _ = ChildProgram.wait(pid)
    }
    isEnded = try pass(output.raw, isAlive, pause, each)
  }

  /// True where the program has ended by itself.
  private func pass(
    _ output: CInt, _ isAlive: () -> Bool, _ pause: () throws -> Void, _ each: (LogRecord) throws -> Void
  ) throws -> Bool {
    var pending: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let isLast = query.follows && !isAlive()
      var polled = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      if poll(&polled, 1, 0) == 0 {
        try pause()
        // The journal takes its time to show what it was told.
        if poll(&polled, 1, 500) == 0 {
          if isLast { return false }
          continue
        }
      }
      let count = Glibc.read(output, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return true }
      pending += chunk[..<count]
      var start = 0
      while let end = pending[start...].firstIndex(of: 0x0A) {
        try give(Array(pending[start..<end]), each)
        start = end + 1
      }
      pending.removeFirst(start)
    }
  }

  private func give(_ line: [UInt8], _ each: (LogRecord) throws -> Void) throws {
    guard let entry = try? JSONDocument(line, name: "journal").root.object(), let message = entry["MESSAGE"]
    else {
      return
    }
    func field(_ name: StaticString) -> String { (try? entry.string(name)) ?? "" }
    // What is no text is an array of bytes.
    var text: [UInt8]
    if message.kind == .array {
      text = (try? message.integers(UInt8.self)) ?? []
    } else {
      text = Array(((try? message.string()) ?? "").utf8)
    }
    if field("CONTAINER_PARTIAL_MESSAGE") != "true" { text.append(0x0A) }
    var time = field("SYSLOG_TIMESTAMP")
    if let microseconds = Int(field("__REALTIME_TIMESTAMP")), LogMoment.parse(time) == nil {
      time = LogTime.text(
        timespec(tv_sec: microseconds / 1_000_000, tv_nsec: microseconds % 1_000_000 * 1000))
    }
    let attributes = JSONValue.object(
      entry.members.filter { !Self.isCommon($0.name) }.map { name, value in
        .init(name, .string((try? value.string()) ?? ""))
      })
    try text.withUnsafeBytes { text in
      try Array(time.utf8).withUnsafeBytes { time in
        try attributes.json().withUnsafeBytes { attributes in
          try each(
            LogRecord(
              stream: field("PRIORITY") == "3" ? .stderr : .stdout, text: text, timeText: time,
              attributesText: attributes))
        }
      }
    }
  }

  /// Fields that are no labels and no variables of the container.
  private static func isCommon(_ name: String) -> Bool {
    name.hasPrefix("_") || name.hasPrefix("CONTAINER_") || name.hasPrefix("SYSLOG_")
      || ["MESSAGE", "PRIORITY", "IMAGE_NAME"].contains(name)
  }
}

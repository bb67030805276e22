import Glibc
import Synchronization
import Testing

@testable import Runtime

/// Reading a log back: which lines, in which order, from which files.
@Suite struct LogsReaderTests {
  private let scratch: SecurityScratch
  private var folder: String { scratch.path + "/log" }

  init() throws { scratch = try SecurityScratch() }

  private func log(_ options: [String: String] = [:]) throws -> ContainerLog {
    try ContainerLog(LogOptions(driver: "json-file", options), of: .web, in: folder)
  }

  /// A line a second, from the epoch on; one record has 74 bytes.
  private func fill(_ count: Int, _ options: [String: String] = [:]) throws {
    let log = try log(options)
    for number in 0..<count {
      log.write(.stdout, "\(100 + number)\n", at: timespec(tv_sec: number, tv_nsec: 0))
    }
  }

  private func text(_ record: LogRecord) -> String {
    (record.stream == .stderr ? "!" : "") + String(decoding: record.text, as: UTF8.self)
  }

  private func lines(
    tail: String = "all", since: String = "", until: String = "", unreadable: Int = 0
  ) throws -> [String] {
    let reader = LogReader(in: folder, try LogQuery(tail: tail, since: since, until: until))
    var lines: [String] = []
    try reader.read { lines.append(text($0)) }
    #expect(reader.unreadable == unreadable)
    return lines
  }

  private func numbers(_ range: Range<Int>) -> [String] { range.map { "\(100 + $0)\n" } }

  @Test func whatWasWritten() throws {
    let log = try log(["labels": "tier", "tag": "x,y z"])
    var generator = SystemRandomNumberGenerator()
    var expected: [String] = []
    for _ in 0..<500 {
      let scalars = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &generator))!
      }
      let line = String(String.UnicodeScalarView(scalars.filter { $0 != "\n" })) + "\n"
      let stream = LogStream.allCases.randomElement(using: &generator)!
      log.write(stream, line)
      expected.append((stream == .stderr ? "!" : "") + line)
    }
    #expect(try lines().map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    try LogReader(in: folder, LogQuery(tail: "1")).read { record in
      #expect(record.attributes.map { [$0.name, $0.value] } == [["tier", "front"], ["tag", "x,y z"]])
      #expect(abs(record.time!.tv_sec - LogTime.now().tv_sec) < 100)
    }
  }

  @Test func acrossFiles() throws {
    try fill(20, ["max-size": "300", "max-file": "3"])
    #expect(namesInFolder(folder).count == 3)
    #expect(try lines() == numbers(8..<20))
    // A number is missing, and the first file.
    rename(folder + "/container.log.1", folder + "/container.log.4")
    rename(folder + "/container.log.2", folder + "/container.log.5")
    rename(folder + "/container.log", folder + "/container.log.2")
    #expect(try lines() == numbers(8..<20))
  }

  @Test func fromTheTail() throws {
    try fill(20, ["max-size": "300", "max-file": "3"])
    for count in 0...12 { #expect(try lines(tail: "\(count)") == numbers(20 - count..<20)) }
    #expect(try lines(tail: "13") == numbers(8..<20))
    #expect(try lines(tail: "-1") == numbers(8..<20))
  }

  /// Larger than what is looked at in one go, from the end.
  @Test func fromTheTailOfLargeFiles() throws {
    let log = try log()
    let long = String(repeating: "x", count: 9000)
    for number in 0..<50 { log.write(.stdout, "\(number) \(long)\n") }
    for count in [1, 6, 7, 8, 9, 30, 49, 50] {
      let found = try lines(tail: "\(count)")
      #expect(found.count == count && found.first == "\(50 - count) \(long)\n")
    }
  }

  @Test func sinceAndUntil() throws {
    try fill(20, ["max-size": "300", "max-file": "3"])
    #expect(try lines(since: "15") == numbers(15..<20))
    #expect(try lines(since: "14.000000001") == numbers(15..<20))
    #expect(try lines(since: "1970-01-01T00:00:10Z", until: "12.5") == numbers(10..<13))
    #expect(try lines(until: "12") == numbers(8..<13))
    #expect(try lines(tail: "2", until: "12") == numbers(11..<13))
    #expect(try lines(tail: "5", until: "9") == numbers(8..<10))
    #expect(try lines(tail: "3", since: "18") == numbers(18..<20))
    #expect(try lines(since: "1h") == [])
  }

  @Test func whatIsTorn() throws {
    try fill(3)
    let path = folder + "/container.log"
    let whole = try textOfFile(path)
    try writeBytes(Array(whole.utf8.dropLast(5)), to: path)
    #expect(try lines(unreadable: 1) == numbers(0..<2))
    #expect(try lines(tail: "1", unreadable: 1) == numbers(1..<2))
    // The container is started again.
    try log().write(.stderr, "more\n")
    #expect(try lines(unreadable: 1) == numbers(0..<2) + ["!more\n"])
    try writeBytes(Array("\n\u{0}\u{0}\n{}\n{\"log\":\n".utf8) + Array(whole.utf8), to: path)
    #expect(try lines(unreadable: 4) == numbers(0..<3))
  }

  @Test func nothingThere() throws {
    #expect(try lines() == [])
    _ = try log()
    #expect(try lines() == [] && lines(tail: "5") == [])
  }

  /// As other programs write it.
  @Test func otherLayouts() throws {
    try scratch.write(
      #"""
      {"stream": "stderr", "more": [1, {}], "time": "2026-01-02T03:04:05+01:00", "log": "a\u00e4\ud83d\ude00\n"}
      {"stream":"stdout","time":"2026-01-02T03:04:06.5Z"}
      {"log":"x\/\b\f\ud800y\n","stream":"stdout","time":"2026-01-02T03:04:07Z"}

      """#, to: "log/container.log")
    #expect(try lines() == ["!aä😀\n", "", "x/\u{8}\u{C}\u{FFFD}y\n"])
    #expect(try lines(since: "2026-01-02T02:04:05.1Z").count == 2)
  }

  // MARK: Following

  /// Follows a log while something happens between the looks at it; `step` is called at each pause with its number, and
  /// says whether the container lives.
  private func follow(_ query: LogQuery, _ step: (Int) throws -> Bool) throws -> [String] {
    let reader = LogReader(in: folder, query)
    var lines: [String] = []
    var isAlive = true
    var number = 0
    try reader.read(
      isAlive: { isAlive },
      pause: {
        isAlive = try step(number)
        number += 1
      },
      { lines.append(text($0)) })
    #expect(reader.unreadable == 0)
    return lines
  }

  @Test func followsOverRotation() throws {
    let log = try log(["max-size": "300", "max-file": "3"])
    var written = 0
    func write(_ count: Int) {
      for _ in 0..<count {
        log.write(.stdout, "\(100 + written)\n")
        written += 1
      }
    }
    write(2)
    // None, within a file, over one, over two, over one that is full to its end.
    let counts = [0, 1, 3, 8, 2, 4, 4, 8, 0]
    let lines = try follow(LogQuery(follow: true)) { step in
      write(counts[step])
      return step < counts.count - 1
    }
    #expect(lines == numbers(0..<written))
  }

  @Test func followsOverReplacement() throws {
    let log = try log(["max-size": "300", "max-file": "1"])
    var written = 0
    let lines = try follow(LogQuery(follow: true, tail: "0")) { step in
      for _ in 0..<3 {
        log.write(.stdout, "\(100 + written)\n")
        written += 1
      }
      return step < 10
    }
    #expect(lines == numbers(0..<written))
  }

  @Test func followsOverARestart() throws {
    var log: ContainerLog? = try log()
    let lines = try follow(LogQuery(follow: true)) { step in
      log?.write(.stdout, "\(step)")
      log?.finish()
      log = step % 2 == 0 ? nil : try self.log()
      return step < 6
    }
    #expect(lines == ["0\n", "2\n", "4\n", "6\n"])
  }

  /// What was written last, just before the end is seen, is not lost.
  @Test func theLastLines() throws {
    let log = try log()
    var asked = 0
    var lines: [String] = []
    try LogReader(in: folder, LogQuery(follow: true)).read(
      isAlive: {
        asked += 1
        log.write(.stdout, "\(asked)\n")
        return asked < 3
      }, { lines.append(text($0)) })
    #expect(lines == ["1\n", "2\n", "3\n"])
  }

  @Test func followsATruncatedFile() throws {
    let log = try log()
    log.write(.stdout, "before, long enough to be behind what comes after\n")
    let lines = try follow(LogQuery(follow: true)) { step in
      if step == 0 {
        truncate(folder + "/container.log", 0)
        log.write(.stdout, "after\n")
      }
      return step < 1
    }
    #expect(lines.last == "after\n" && lines.count == 2)
  }

  /// Until the moment has passed, or up to a line that is later.
  @Test func followsUntil() throws {
    let log = try log()
    let now = LogTime.now()
    log.write(.stdout, "now\n", at: now)
    #expect(try follow(LogQuery(follow: true, until: "-200ms")) { _ in true } == ["now\n"])
    let lines = try follow(LogQuery(follow: true, until: "-1h")) { step in
      log.write(.stdout, "\(step)\n", at: timespec(tv_sec: now.tv_sec + 1500 * step, tv_nsec: 0))
      return true
    }
    #expect(lines == ["now\n", "0\n", "1\n", "2\n"])
  }

  /// A log that appears later, and a folder that goes, as with --rm.
  @Test func comesAndGoes() throws {
    var log: ContainerLog?
    let lines = try follow(LogQuery(follow: true)) { step in
      if step == 0 { log = try self.log() }
      log?.write(.stdout, "\(step)\n")
      if step == 3 { rename(folder, scratch.path + "/gone") }
      return step < 3
    }
    #expect(lines == ["0\n", "1\n", "2\n", "3\n"])
  }

  /// A writer beside a reader that is never further ahead than what its files hold, and rotates several of them
  /// between two looks of the reader's: all lines come, in order, none twice.
  @Test func rotatesMeanwhile() throws {
    final class Writer: @unchecked Sendable {
      let log: ContainerLog
      let read = Atomic<Int>(0)
      init(_ log: ContainerLog) { self.log = log }
    }
    // Twenty files of about 27 lines.
    let writer = Writer(try log(["max-size": "2k", "max-file": "20"]))
    let folder = folder
    let count = 8000
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        let writer = Unmanaged<Writer>.fromOpaque(argument!).takeRetainedValue()
        for number in 0..<8000 {
          while number - writer.read.load(ordering: .relaxed) > 300 { sched_yield() }
          writer.log.write(.stdout, "\(number)\n")
        }
        return nil
      }, Unmanaged.passRetained(writer).toOpaque())
    var numbers: [Int] = []
    try LogReader(in: folder, LogQuery(follow: true)).read(isAlive: { numbers.last != count - 1 }) { record in
      numbers.append(Int(String(decoding: record.text.dropLast(), as: UTF8.self)) ?? -1)
      writer.read.store(numbers.last! + 1, ordering: .relaxed)
    }
    pthread_join(thread, nil)
    #expect(numbers == Array(0..<count))
  }
}

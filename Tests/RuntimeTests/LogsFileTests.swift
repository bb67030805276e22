import Glibc
import OCISpec
import Testing

@testable import Runtime

/// A json-file log in a folder of its own.
@Suite struct LogsFileTests {
  private let scratch: SecurityScratch
  private var folder: String { scratch.path + "/log" }

  init() throws { scratch = try SecurityScratch() }

  private func log(
    _ options: [String: String] = [:], _ container: LoggedContainer = .web
  ) throws -> ContainerLog {
    try ContainerLog(LogOptions(driver: "json-file", options), of: container, in: folder)
  }

  private func text(_ name: String = "container.log") throws -> String { try textOfFile(folder + "/" + name) }

  /// The texts of a file's lines, each of which must be JSON.
  private func lines(_ name: String = "container.log") throws -> [String] {
    try text(name).split(separator: "\n").map {
      try JSONDocument(Array($0.utf8), name: name).root.object().required("log").string()
    }
  }

  @Test func records() throws {
    let log = try log()
    log.write(.stdout, "one\ntwo <\"\u{1}\n", at: cannedTime)
    log.write(.stderr, "bad\nlast", at: cannedTime)
    log.finish(at: timespec(tv_sec: 1_795_273_246, tv_nsec: 0))
    #expect(
      try text() == #"""
        {"log":"one\n","stream":"stdout","time":"2026-11-21T15:00:45.012345678Z"}
        {"log":"two \u003c\"\u0001\n","stream":"stdout","time":"2026-11-21T15:00:45.012345678Z"}
        {"log":"bad\n","stream":"stderr","time":"2026-11-21T15:00:45.012345678Z"}
        {"log":"last\n","stream":"stderr","time":"2026-11-21T15:00:46.000000000Z"}

        """#)
    #expect(log.descriptor == -1 && log.isDrained && log.loss == LogLoss() && log.trouble == nil)
    var status = stat()
    #expect(stat(folder + "/container.log", &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  @Test func attributes() throws {
    let log = try log([
      "labels": "tier,missing", "labels-regex": "^team\\.m", "env": "STAGE,EMPTY",
      "tag": "{{.Name}}/{{ .ID }}",
    ])
    log.write(.stdout, "x\n", at: cannedTime)
    #expect(
      try text() == #"{"log":"x\n","stream":"stdout","attrs":{"EMPTY":"","STAGE":"production","#
        + #""team.mail":"shop@example.com","tier":"front","tag":"web/0123456789ab"},"#
        + #""time":"2026-11-21T15:00:45.012345678Z"}"# + "\n")
  }

  @Test func partsOfLongLinesHaveNoEnd() throws {
    let log = try log()
    log.write(.stdout, String(repeating: "x", count: 40_000) + "\n")
    let lines = try lines()
    #expect(lines.map(\.utf8.count) == [16384, 16384, 7233])
    #expect(lines.map { $0.hasSuffix("\n") } == [false, false, true])
  }

  /// A container that is started again goes on where its log ended, and what a crash has torn is not continued.
  @Test func goesOn() throws {
    var log = try log()
    log.write(.stdout, "before\n")
    log = try self.log()
    log.write(.stdout, "after\n")
    #expect(try lines() == ["before\n", "after\n"])
    let whole = try text()
    try writeBytes(Array(whole.utf8.dropLast(20)), to: folder + "/container.log")
    log = try self.log()
    log.write(.stdout, "later\n")
    #expect(try text().split(separator: "\n").map { $0.last == "}" } == [true, false, true])
    #expect(try text().hasSuffix("\n"))
  }

  /// One record of this log is 74 bytes long.
  private let record = 74

  @Test func rotatesBeforeTheSizeIsPassed() throws {
    let log = try log(["max-size": "\(3 * record)", "max-file": "3"])
    for number in 0..<20 {
      log.write(.stdout, "\(number % 10)\(number / 10)a\n")
      let sizes = try namesInFolder(folder).map { try text($0).utf8.count }
      #expect(sizes.allSatisfy { $0 <= 3 * record })
    }
    #expect(namesInFolder(folder) == ["container.log", "container.log.1", "container.log.2"])
    #expect(try lines("container.log.2") == ["21a\n", "31a\n", "41a\n"])
    #expect(try lines("container.log.1") == ["51a\n", "61a\n", "71a\n"])
    #expect(try lines() == ["81a\n", "91a\n"])
  }

  /// The same lines in one batch fall into the same files.
  @Test func rotatesInsideOneBatch() throws {
    let log = try log(["max-size": "\(3 * record)", "max-file": "3"])
    log.write(.stdout, (0..<20).map { "\($0 % 10)\($0 / 10)a\n" }.joined())
    #expect(try lines("container.log.2") == ["21a\n", "31a\n", "41a\n"])
    #expect(try lines("container.log.1") == ["51a\n", "61a\n", "71a\n"])
    #expect(try lines() == ["81a\n", "91a\n"])
  }

  @Test func aLineLargerThanTheSize() throws {
    let log = try log(["max-size": "100", "max-file": "2"])
    log.write(.stdout, "a\n" + String(repeating: "x", count: 500) + "\nb\n")
    #expect(try lines("container.log.1").map(\.utf8.count) == [501])
    #expect(try lines() == ["b\n"])
  }

  @Test func oneFileIsReplaced() throws {
    let log = try log(["max-size": "\(2 * record)", "max-file": "1"])
    let before = open(folder + "/container.log", O_RDONLY)
    defer { close(before) }
    log.write(.stdout, "01a\n02a\n")
    log.write(.stdout, "03a\n")
    #expect(namesInFolder(folder) == ["container.log"])
    #expect(try lines() == ["03a\n"])
    // Whoever reads along can still read to the end.
    #expect(LogFiles.size(of: before) == 2 * record)
  }

  @Test func anySize() throws {
    let log = try log(["max-size": "-1"])
    for _ in 0..<20 { log.write(.stdout, String(repeating: "long enough ", count: 1000) + "\n") }
    #expect(namesInFolder(folder) == ["container.log"])
    #expect(try text().utf8.count > 240_000)
  }

  /// Numbers that are missing, a first file that is: whatever a crash in the middle has left.
  @Test func rotatesWhatACrashHasLeft() throws {
    try scratch.write("{}\n", to: "log/container.log.1")
    try scratch.write("half", to: "log/container.log.new")
    let log = try log(["max-size": "\(record)", "max-file": "4"])
    log.write(.stdout, "01a\n02a\n")
    #expect(namesInFolder(folder) == ["container.log", "container.log.1", "container.log.2"])
    #expect(try lines("container.log.1") == ["01a\n"])
    #expect(try text("container.log.2") == "{}\n")
  }

  /// Others may truncate the file, as people do where disks are full.
  @Test func truncatedByOthers() throws {
    let log = try log(["max-size": "\(3 * record)"])
    log.write(.stdout, "01a\n02a\n03a\n")
    truncate(folder + "/container.log", 0)
    log.write(.stdout, "04a\n")
    #expect(try lines() == ["04a\n"])
    #expect(namesInFolder(folder) == ["container.log"])
  }

  @Test func aFolderThatCannotBe() throws {
    try scratch.write("", to: "log")
    #expect(throws: Failure.self) { try log() }
  }
}

/// The disk is full: a file system of 256 KiB in a mount namespace of another process.
@Suite(.enabled(if: geteuid() == 0)) struct LogsFullDiskTests {
  private final class SmallDisk {
    private var child: pid_t = 0
    private(set) var path = ""
    /// Removing it would unmount what is mounted on it elsewhere.
    private let scratch: SecurityScratch

    init() throws {
      scratch = try SecurityScratch()
      let script =
        "mount -t tmpfs -o size=256k none \(scratch.path) && touch \(scratch.path)/ready && exec sleep 1000"
      let arguments = ["unshare", "-m", "sh", "-c", script]
      child = ChildProgram.start(arguments[0], arguments)
      if child < 0 { throw SecurityScratch.Failed(code: -child) }
      path = "/proc/\(child)/root" + scratch.path
      let end = Clock.monotonicNanoseconds() + 5_000_000_000
      while !Files.exists(path + "/ready") {
        if Clock.monotonicNanoseconds() > end { throw SecurityScratch.Failed(code: ETIMEDOUT) }
        usleep(2000)
      }
    }

    deinit {
      kill(child, SIGKILL)
      var status: CInt = 0
      waitpid(child, &status, 0)
    }
  }

  private func lines(_ path: String) throws -> [String] {
    try textOfFile(path).split(separator: "\n").map {
      try JSONDocument(Array($0.utf8), name: path).root.object().required("log").string()
    }
  }

  @Test func whatIsLostIsCountedAndTold() throws {
    let disk = try SmallDisk()
    try writeBytes([UInt8](repeating: 0, count: 200 << 10), to: disk.path + "/filler")
    let log = try ContainerLog(LogOptions(), of: .web, in: disk.path + "/log")
    for number in 0..<1000 { log.write(.stdout, "number \(number)\n") }
    #expect(log.trouble == "no space left on device")
    let file = disk.path + "/log/container.log"
    let kept = try lines(file)
    #expect(kept == (0..<kept.count).map { "number \($0)\n" })
    #expect(kept.count > 100 && log.loss.lines == 1000 - kept.count)
    let lost = (kept.count..<1000).reduce(0) { $0 + "number \($1)\n".utf8.count }
    #expect(log.loss.bytes == lost)
    unlink(disk.path + "/filler")
    log.write(.stdout, "again\nand again\n")
    #expect(log.trouble == nil)
    #expect(
      try lines(file).dropFirst(kept.count) == [
        "swiftainer: \(log.loss.lines) lines (\(lost) bytes) of output could not be logged: "
          + "no space left on device\n", "again\n", "and again\n",
      ])
    #expect(log.loss.lines == 1000 - kept.count)
  }

  /// A batch of which only a part finds room leaves no torn line.
  @Test func noLineIsTorn() throws {
    let disk = try SmallDisk()
    let log = try ContainerLog(LogOptions(), of: .web, in: disk.path + "/log")
    let count = 5000
    log.write(.stdout, (0..<count).map { "number \($0)\n" }.joined())
    let file = disk.path + "/log/container.log"
    #expect(try textOfFile(file).last == "\n")
    let kept = try lines(file)
    #expect(kept == (0..<kept.count).map { "number \($0)\n" })
    #expect(kept.count > 1000 && log.loss.lines == count - kept.count)
  }

  /// Rotation makes room: the newest lines are kept on a disk that is too small for all files.
  @Test func rotationGoesOn() throws {
    let disk = try SmallDisk()
    let options = try LogOptions(driver: "", ["max-size": "100k", "max-file": "5"])
    let log = try ContainerLog(options, of: .web, in: disk.path + "/log")
    for number in 0..<20_000 { log.write(.stdout, "number \(number)\n") }
    let names = namesInFolder(disk.path + "/log")
    #expect(names.first == "container.log" && names.count <= 5)
    for name in names { #expect(try lines(disk.path + "/log/" + name).count > 0) }
  }
}

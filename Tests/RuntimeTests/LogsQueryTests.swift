import Glibc
import Testing

@testable import Runtime

/// The flags of `logs`, and how lines are printed.
@Suite struct LogsQueryTests {
  private func since(_ text: String) throws -> [Int] {
    let time = try LogQuery(since: text, now: timespec(tv_sec: 10_000, tv_nsec: 500)).since!
    return [time.tv_sec, time.tv_nsec]
  }

  @Test(arguments: [
    ("2013-01-02T13:23:37Z", [1_357_133_017, 0]), ("2013-01-02T13:23:37.25z", [1_357_133_017, 250_000_000]),
    ("2013-01-02T13:23:37.123456789012Z", [1_357_133_017, 123_456_789]),
    ("2013-01-02T15:23:37+02:00", [1_357_133_017, 0]), ("2013-01-02T07:53:37-05:30", [1_357_133_017, 0]),
    ("2013-01-02T13:23Z", [1_357_132_980, 0]), ("2013-01-02T13Z", [1_357_131_600, 0]),
    ("2013-01-02Z", [1_357_084_800, 0]), ("2000-02-29Z", [951_782_400, 0]),
    ("1357133017", [1_357_133_017, 0]),
    ("1357133017.5", [1_357_133_017, 500_000_000]), ("0", [0, 0]), ("10s", [9990, 500]),
    ("1h30m", [4600, 500]), ("1.5s", [9998, 500_000_500]), ("-2s", [10_002, 500]),
    ("-9223372036s", [9_223_382_036, 500]),

    ("-1.5s", [10_001, 500_000_500]),
  ])
  func times(_ text: String, _ expected: [Int]) throws {
    #expect(try since(text) == expected)
  }

  @Test(arguments: [
    "2013-01-02", "2013-01-02T13", "2013-01-02T13:23", "2013-01-02T13:23:37", "2013-01-02T13:23:37.5",
  ])
  func localTimes(_ text: String) throws {
    var time = try since(text)[0]
    var local = tm()
    localtime_r(&time, &local)
    #expect(local.tm_year == 113 && local.tm_mon == 0 && local.tm_mday == 2)
    #expect(local.tm_hour == (text.count > 10 ? 13 : 0))
  }

  @Test(arguments: [
    "yesterday", "2013-02-29Z", "2013-13-01", "2013-01-02T24:00:00Z", "2013-01-02T13:23:37.Z",
    "2013-01-02 13:23",
    "1.x", "", "5 m", "2013-01-02T13:23:37+0200", "--5s", "1e9",
    "-9223372036854775808", "99999999999999999999s",
  ])
  func badTimes(_ text: String) {
    if text.isEmpty { return }
    for flag in ["--since", "--until"] {
      let failure = #expect(throws: Failure.self) {
        try LogQuery(since: flag == "--since" ? text : "", until: flag == "--until" ? text : "")
      }
      #expect(
        failure?.description
          == "\(flag) \(text): not a time (as in 2013-01-02T13:23:37Z, 1357133017 or 42m for 42 minutes ago)")
    }
  }

  @Test func tails() throws {
    #expect(try LogQuery().tail == nil && LogQuery(tail: "0").tail == 0 && LogQuery(tail: "7").tail == 7)
    #expect(
      #expect(throws: Failure.self) { try LogQuery(tail: "many") }?.description
        == "--tail many: not a number of lines (a number, or all)")
  }

  /// What is printed, of standard output and of standard error.
  private func printed(
    _ scratch: SecurityScratch, timestamps: Bool = false, details: Bool = false
  ) throws -> (String, String) {
    let (out, err) = (scratch.path + "/out", scratch.path + "/err")
    for path: String in [out, err] { try writeBytes([], to: path) }
    let descriptors = [open(out, O_WRONLY), open(err, O_WRONLY)]
    let printer = LogPrinter(
      timestamps: timestamps, details: details, stdout: descriptors[0], stderr: descriptors[1])
    try LogReader(in: scratch.path + "/log", LogQuery()).read(printer.print)
    try printer.flush()
    for descriptor in descriptors { close(descriptor) }
    return (try textOfFile(out), try textOfFile(err))
  }

  @Test func printing() throws {
    let scratch = try SecurityScratch()
    let options = try LogOptions(driver: "", ["labels": "tier", "env": "STAGE", "tag": "{{.Name}}, =ä"])
    let log = try ContainerLog(options, of: .web, in: scratch.path + "/log")
    log.write(.stdout, "one\n", at: cannedTime)
    log.write(.stderr, "two\n", at: cannedTime)
    log.write(.stdout, String(repeating: "x", count: 20_000) + "\n", at: cannedTime)
    let long = String(repeating: "x", count: 20_000) + "\n"
    #expect(try printed(scratch) == ("one\n" + long, "two\n"))
    let time = "2026-11-21T15:00:45.012345678Z "
    // A line that was split has one time.
    #expect(try printed(scratch, timestamps: true) == ("\(time)one\n\(time)\(long)", time + "two\n"))
    let details = "STAGE=production,tag=web%2C+%3D%C3%A4,tier=front "
    #expect(
      try printed(scratch, timestamps: true, details: true)
        == ("\(time)\(details)one\n\(time)\(details)\(long)", "\(time)\(details)two\n"))
  }

  /// The journal's program, in place of which a script tells how it was called and prints two entries.
  @Test func journal() throws {
    let scratch = try SecurityScratch()
    let program = try scratch.program(
      "journalctl",
      """
      #!/bin/sh
      echo "$*" > \(scratch.path)/arguments
      cat <<'END'
      {"MESSAGE":"part","PRIORITY":"6","CONTAINER_PARTIAL_MESSAGE":"true","__REALTIME_TIMESTAMP":"1500000","_PID":"7"}
      {"MESSAGE":[255,10,0],"PRIORITY":"3","SYSLOG_TIMESTAMP":"1970-01-01T00:00:02.000000005Z","TIER":"front"}
      {"PRIORITY":"3"}
      END
      """)
    var records: [(LogStream, [UInt8], timespec?, Int)] = []
    try JournalReader(of: "abc", LogQuery(tail: "3", since: "5.25"), program: program).read {
      records.append(($0.stream, Array($0.text), $0.time, $0.attributes.count))
    }
    #expect(
      try textOfFile(scratch.path + "/arguments")
        == "--quiet --no-pager --all --output=json --lines=3 --since=@5.250000 CONTAINER_ID_FULL=abc\n")
    #expect(records.count == 2)
    #expect(
      records[0].0 == .stdout && records[0].1 == Array("part".utf8) && records[0].2?.tv_nsec == 500_000_000)
    #expect(records[1].0 == .stderr && records[1].1 == [255, 10, 0, 10] && records[1].2?.tv_nsec == 5)
    #expect(records.map(\.3) == [0, 1])
    // Followed, it is ended when the container has.
    _ = try scratch.program("journalctl", "#!/bin/sh\nexec sleep 1000\n")
    let start = Clock.monotonicNanoseconds()
    try JournalReader(of: "abc", LogQuery(follow: true), program: program).read { _ in }
    #expect(Clock.monotonicNanoseconds() - start < 60_000_000_000)
    #expect(throws: Failure.self) {
      try JournalReader(of: "a", LogQuery(), program: "/nowhere/x").read { _ in }
    }
  }
}

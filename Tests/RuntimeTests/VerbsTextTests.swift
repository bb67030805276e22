import OCISpec
import Testing

@testable import Runtime

/// What verbs read from people and print for them.
@Suite struct VerbsTextTests {
  @Test(
    arguments: [
      ("0", 0), ("1048576", 1_048_576), ("512k", 524_288), ("512K", 524_288), ("16m", 16 << 20),
      ("16MB", 16 << 20),
      ("16MiB", 16 << 20), ("2g", 2 << 30), ("1.5g", 3 << 29), ("1t", 1 << 40), ("7b", 7), ("3 m", 3 << 20),
      ("8191p", 8191 << 50),
    ] as [(String, Int64)])
  func byteSizes(_ text: String, _ bytes: Int64) { #expect(ByteSize.parse(text) == bytes) }

  @Test(arguments: [
    "", "m", "-1", "-5x", "lots", "5x", "1.m", ".5m", "1..5m", "1e3", "0x10", "5mm", "5bm", " 5", "9000p",
    "1٣",
    "9223372036854775808", "nan", "inf", "5i",
  ])
  func noByteSizes(_ text: String) { #expect(ByteSize.parse(text) == nil) }

  @Test(
    arguments: [
      ("0", 0), ("5s", 5_000_000_000), ("500ms", 500_000_000), ("1m30s", 90_000_000_000),
      ("1.5s", 1_500_000_000),
      ("2h", 7_200_000_000_000), ("10us", 10000), ("10µs", 10000), ("7ns", 7), (".5s", 500_000_000),
      ("0s", 0),
    ] as [(String, Int64)])
  func durations(_ text: String, _ nanoseconds: Int64) {
    #expect(GoDuration.nanoseconds(text) == nanoseconds)
  }

  @Test(arguments: ["", "5", "s", "-1s", "5 s", "5x", "5s3", "1..2s", ".s", "five", "9999999999h", "1s-1s"])
  func noDurations(_ text: String) { #expect(GoDuration.nanoseconds(text) == nil) }

  @Test func table() {
    var table = TextTable(["ID", "PID", "OWNER"])
    table.add(["a-name-that-is-long", "1", "root"])
    #expect(table.text == "ID                    PID         OWNER\na-name-that-is-long   1           root")
  }

  @Test func processLines() throws {
    let output = """
      UID          PID    PPID CMD
      root          12       1 probe 13
      root          13       1 probe 12
      root         121       1 probe pause

      """
    #expect(
      try ProcessTable.lines(output, of: [12, 121]) == [
        "UID          PID    PPID CMD", "root          12       1 probe 13",
        "root         121       1 probe pause",
      ])
    #expect(try ProcessTable.lines("  PID\n    7\nodd", of: [7]) == ["  PID", "    7"])
    #expect(throws: Failure.self) { try ProcessTable.lines("USER CMD\nroot 12\n", of: [12]) }
    #expect(throws: Failure.self) { try ProcessTable.lines("", of: [12]) }
  }

  @Test func environmentKeepsTheLastOfEach() {
    #expect(ProcessLowering.lastOfEach(["A=1", "B=2"]) == ["A=1", "B=2"])
    #expect(ProcessLowering.lastOfEach(["A=1", "B=2", "A=3=4", "C"]) == ["B=2", "A=3=4", "C"])
    #expect(ProcessLowering.lastOfEach(["AB=1", "A=2"]) == ["AB=1", "A=2"])
    #expect(ProcessLowering.lastOfEach([]) == [])
  }
}

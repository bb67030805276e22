import Testing

@testable import Engine

@Suite struct WordsTests {
  @Test(
    arguments: [
      (0, "0B"), (1, "1B"), (999, "999B"), (1000, "1kB"), (1024, "1.024kB"), (1_234_567, "1.235MB"),
      (999_949, "999.9kB"), (12_345_678_901, "12.35GB"), (100_000_000, "100MB"), (Int64.max, "9.223EB"),
      (-1, "0B"),
    ] as [(Int64, String)])
  func decimalSizes(bytes: Int64, text: String) { #expect(HumanSize.decimal(bytes) == text) }

  @Test(
    arguments: [(0, "0B"), (1234, "1.23kB"), (21_500_000, "21.5MB"), (999_499, "999kB"), (5, "5B")]
      as [(Int64, String)])
  func shorterSizes(bytes: Int64, text: String) { #expect(HumanSize.decimal(bytes, digits: 3) == text) }

  @Test(
    arguments: [
      (1023, "1023B"), (1024, "1KiB"), (1536, "1.5KiB"), (64 << 20, "64MiB"), (3_221_225_472, "3GiB"),
      (1_048_575, "1024KiB"),
    ] as [(Int64, String)])
  func binarySizes(bytes: Int64, text: String) { #expect(HumanSize.binary(bytes) == text) }

  @Test(
    arguments: [
      (-5, "Less than a second"), (0, "Less than a second"), (1, "1 second"), (2, "2 seconds"),
      (59, "59 seconds"),
      (60, "About a minute"), (119, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"),
      (3600, "About an hour"), (5399, "About an hour"), (5400, "2 hours"), (47 * 3600, "47 hours"),
      (48 * 3600, "2 days"), (13 * 86_400, "13 days"), (14 * 86_400, "2 weeks"), (59 * 86_400, "8 weeks"),
      (60 * 86_400, "2 months"), (729 * 86_400, "24 months"), (730 * 86_400, "2 years"),
    ] as [(Int64, String)])
  func durations(seconds: Int64, text: String) {
    #expect(HumanDuration.text(seconds * 1_000_000_000) == text)
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-21T15:26:57.5Z", 1_795_274_817_500_000_000),
      ("2024-02-29T12:00:00+01:30", 1_709_202_600_000_000_000),
      ("2013-01-02T13:23:37.000000001Z", 1_357_133_017_000_000_001),
      ("2013-01-02t13:23:37z", 1_357_133_017_000_000_000),
      ("2262-04-11T23:47:16.854775807Z", .max),
    ] as [(String, Int64)])
  func moments(text: String, nanoseconds: Int64) { #expect(Moment(text)?.nanoseconds == nanoseconds) }

  @Test(
    arguments: [
      "", "2013", "2013-13-01T00:00:00Z", "2013-01-02T24:00:00Z", "2013-01-02T00:00:00Zx",
      "2013-01-02T00:00:00.Z",
      "2013-01-02T00:00:00+1", "0001-01-01T00:00:00Z", "yesterday",
      // A second before, there is room for the last one.
      "2262-04-11T23:47:16.9Z",
    ] as [String])
  func noMoments(text: String) { #expect(Moment(text) == nil) }

  @Test(
    arguments: [
      ("1357133017", 1_357_133_017_000_000_000), ("1357133017.25", 1_357_133_017_250_000_000),
      ("2013-01-02T13:23:37Z", 1_357_133_017_000_000_000), ("10s", 990_000_000_000),
      ("1m30s", 910_000_000_000),
      ("0", 0),
    ] as [(String, Int64)])
  func momentsOfFlags(text: String, nanoseconds: Int64) throws {
    let now = Moment(nanoseconds: 1_000_000_000_000)
    #expect(try Moment(flag: "--since", text, now: now).nanoseconds == nanoseconds)
  }

  @Test(arguments: ["", "soon", "1.2.3", "5x", "99999999999999999999", "9223372036.9"] as [String])
  func noMomentsOfFlags(text: String) {
    #expect(throws: (any Error).self) { try Moment(flag: "--since", text) }
  }

  @Test(
    arguments: [
      ("sleep 1000", "sleep 1000"), ("12345678901234567890", "12345678901234567890"),
      ("123456789012345678901", "1234567890123456789…"), ("ééééééééééééééééééééé", "ééééééééééééééééééé…"),
    ] as [(String, String)])
  func ellipsis(text: String, short: String) { #expect(Ellipsis.text(text, 20) == short) }
}

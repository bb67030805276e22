import Runtime
import Testing

@testable import Engine

@Suite struct ByteSizeTests {
  @Test(arguments: [
    ("0", 0), ("512", 512), ("512b", 512), ("4k", 4096), ("4K", 4096), ("4kb", 4096), ("4KiB", 4096),
    ("256m", 268_435_456), ("1.5g", 1_610_612_736), ("1t", 1_099_511_627_776), ("1 m", 1 << 20),
  ])
  func accepts(_ text: String, _ bytes: Int64) throws {
    #expect(try ByteSize.parse(text, flag: "--memory") == bytes)
  }

  @Test(arguments: [
    "", "m", "-1", "+1", "1x", "1mm", ".5k", "0x10", "1e3", "1..5", "½m", "٣m", "99999999999g", "nan", "inf",
  ])
  func refuses(_ text: String) {
    let failure = #expect(throws: Failure.self) { try ByteSize.parse(text, flag: "--memory") }
    #expect(failure?.operation == "--memory")
    #expect(failure?.subject == text)
  }
}

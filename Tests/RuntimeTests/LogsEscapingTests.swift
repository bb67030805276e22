import Glibc
import OCISpec
import Testing

@testable import Runtime

func escaped(_ bytes: [UInt8]) -> String {
  let room = bytes.count * JSONEscaping.growth + JSONEscaping.slack
  let out = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
  defer { out.deallocate() }
  return bytes.withUnsafeBufferPointer { source in
    guard let base = source.baseAddress else { return "" }
    let end = JSONEscaping.write(base, source.count, to: out)
    return String(decoding: UnsafeBufferPointer(start: out, count: end - out), as: UTF8.self)
  }
}

/// Bytes as JSON strings. What is expected is what Go's encoding/json yields.
@Suite struct LogsEscapingTests {
  @Test(arguments: [
    ("plain text, longer than a word", "plain text, longer than a word"),
    ("", ""),
    (#"say "no""#, #"say \"no\""#),
    (#"back\slash"#, #"back\\slash"#),
    ("a\tb\rc\nd", #"a\tb\rc\nd"#),
    ("\u{1B}[31mred\u{1B}[0m", #"\u001b[31mred\u001b[0m"#),
    ("<b>&</b>", #"\u003cb\u003e\u0026\u003c/b\u003e"#),
    ("\u{0}\u{1}\u{1F}\u{7F}", "\\u0000\\u0001\\u001f\u{7F}"),
    ("grüße, 世界 😀", "grüße, 世界 😀"),
    ("a\u{2028}b\u{2029}c\u{2027}", "a\\u2028b\\u2029c\u{2027}"),
    ("!#$%'()*+,-./0123456789:;=?@[]^_`{|}~", "!#$%'()*+,-./0123456789:;=?@[]^_`{|}~"),
  ])
  func texts(_ text: String, _ expected: String) {
    #expect(escaped(Array(text.utf8)) == expected)
  }

  @Test(
    arguments: [
      ([0xFF], #"\ufffd"#),
      ([0x61, 0x80, 0x62], #"a\ufffdb"#),
      // Too long a form, a surrogate, beyond the last character.
      ([0xC0, 0xAF], #"\ufffd\ufffd"#),
      ([0xE0, 0x9F, 0xBF], #"\ufffd\ufffd\ufffd"#),
      ([0xED, 0xA0, 0x80], #"\ufffd\ufffd\ufffd"#),
      ([0xF4, 0x90, 0x80, 0x80], #"\ufffd\ufffd\ufffd\ufffd"#),
      ([0xF0, 0x8F, 0xBF, 0xBF], #"\ufffd\ufffd\ufffd\ufffd"#),
      // Cut short, by the end and by something else.
      ([0xE2, 0x82], #"\ufffd\ufffd"#),
      ([0xE2, 0x82, 0x41], #"\ufffd\ufffdA"#),
      ([0xF0, 0x9F, 0x98], #"\ufffd\ufffd\ufffd"#),
      ([0xC3], #"\ufffd"#),
    ] as [([UInt8], String)])
  func malformed(_ bytes: [UInt8], _ expected: String) {
    #expect(escaped(bytes) == expected)
    // The same inside longer text, where eight bytes are looked at together.
    for before in 0..<10 {
      let lead = [UInt8](repeating: 0x78, count: before)
      let text = escaped(lead + bytes + Array("0123456789".utf8))
      #expect(text == String(decoding: lead, as: UTF8.self) + expected + "0123456789")
    }
  }

  /// Each byte at each place of a word is found by the fast way as by the slow one.
  @Test func everyByteEverywhere() {
    for byte in UInt8.min...0x7F {
      let alone = escaped([byte])
      for place in 0..<17 {
        var bytes = [UInt8](repeating: 0x2E, count: 17)
        bytes[place] = byte
        let dots = String(repeating: ".", count: 17)
        #expect(escaped(bytes) == dots.prefix(place) + alone + dots.dropFirst(place + 1))
      }
    }
  }

  /// Whatever the bytes are, the text is JSON, and means the same with U+FFFD for what is malformed.
  @Test func noise() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
        UInt8.random(in: 1...255, using: &generator)
      }
      let json = Array("\"".utf8) + Array(escaped(bytes).utf8) + Array("\"".utf8)
      let text = try JSONDocument(json, name: "line").root.string()
      #expect(
        text.unicodeScalars.filter { $0 != "\u{FFFD}" }.elementsEqual(
          String(decoding: bytes, as: UTF8.self).unicodeScalars.filter { $0 != "\u{FFFD}" }))
    }
  }

  @Test func times() {
    #expect(LogTime.text(cannedTime) == "2026-11-21T15:00:45.012345678Z")
    #expect(LogTime.text(timespec(tv_sec: 0, tv_nsec: 0)) == "1970-01-01T00:00:00.000000000Z")
    #expect(
      LogTime.text(timespec(tv_sec: 951_825_599, tv_nsec: 999_999_999)) == "2000-02-29T11:59:59.999999999Z")
    #expect(LogTime.text(timespec(tv_sec: 4_107_542_400, tv_nsec: 1)) == "2100-03-01T00:00:00.000000001Z")
  }
}

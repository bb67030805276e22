import Glibc
import Testing

@testable import Runtime

/// How a stream of bytes becomes lines.
@Suite struct LogsSplitterTests {
  private func lines(_ reads: [[UInt8]], finish: Bool = true) -> [RememberingLog.Line] {
    let target = RememberingLog()
    let log = ContainerLog(target)
    for bytes in reads { log.write(.stdout, bytes) }
    if finish { log.finish() }
    return target.lines
  }

  private func texts(_ reads: [String], finish: Bool = true) -> [String] {
    lines(reads.map { Array($0.utf8) }, finish: finish).map {
      String(decoding: $0.text, as: UTF8.self) + ($0.whole ? "|" : "+")
    }
  }

  @Test func linesAcrossReads() {
    #expect(texts(["one\ntwo\n"]) == ["one|", "two|"])
    #expect(texts(["o", "ne", "\n\nthr", "ee\n"]) == ["one|", "|", "three|"])
    #expect(texts([""]) == [])
    #expect(texts(["a prompt: "], finish: false) == [])
    // As docker has it: the end of the output ends the line.
    #expect(texts(["no end"]) == ["no end|"])
  }

  @Test func longLines() {
    let limit = LineSplitter.limit
    func run(_ count: Int) -> String { String(repeating: "x", count: count) }
    #expect(texts([run(limit) + "\n"]) == [run(limit) + "|"])
    #expect(texts([run(limit), "\n"]) == [run(limit) + "|"])
    #expect(texts([run(limit), "y\n"]) == [run(limit) + "+", "y|"])
    #expect(texts([run(limit + 1) + "\nz\n"]) == [run(limit) + "+", "x|", "z|"])
    #expect(texts([run(3 * limit)]) == [run(limit) + "+", run(limit) + "+", run(limit) + "|"])
    #expect(texts([run(5), run(2 * limit)]) == [run(limit) + "+", run(limit) + "+", "xxxxx|"])
  }

  @Test func noCharacterIsTorn() {
    let limit = LineSplitter.limit
    for (character, length) in [("é", 2), ("€", 3), ("😀", 4)] {
      for before in 1...length {
        let text = String(repeating: "x", count: limit - before) + character + "end"
        let whole = texts([text])
        let pieces = texts(text.unicodeScalars.map { String($0) })
        #expect(whole == pieces)
        #expect(whole.count == 2)
        #expect(whole.joined().filter { $0 != "+" && $0 != "|" } == text)
        #expect(!whole[0].contains("\u{FFFD}") && !whole[1].contains("\u{FFFD}"))
      }
    }
    // What is no character is cut where it must be.
    let bytes = [UInt8](repeating: 0x80, count: limit + 1)
    #expect(lines([bytes]).map(\.text.count) == [limit, 1])
  }

  /// Wherever the reads fall, the lines are the same.
  @Test func anyReads() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let bytes = (0..<60_000).map { _ in
        UInt8.random(in: 0..<255, using: &generator) == 7 ? 0x0A : UInt8(0x61)
      }
      var reads: [[UInt8]] = []
      var at = 0
      while at < bytes.count {
        let end = min(bytes.count, at + Int.random(in: 1...20_000, using: &generator))
        reads.append(Array(bytes[at..<end]))
        at = end
      }
      #expect(lines(reads) == lines([bytes]))
    }
  }

  @Test func streamsApart() {
    let target = RememberingLog()
    let log = ContainerLog(target)
    log.write(.stdout, "out ")
    log.write(.stderr, "err ")
    log.write(.stdout, "one\n")
    log.finish()
    #expect(
      target.lines == [
        .init(stream: .stdout, text: Array("out one".utf8), whole: true),
        .init(stream: .stderr, text: Array("err ".utf8), whole: true),
      ])
  }
}

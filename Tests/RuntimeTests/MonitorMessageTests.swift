import Testing

@testable import Runtime

/// What monitors and clients say survives the way, and nothing else is taken for it.
struct MonitorMessageTests {
  static let all: [MonitorMessage] = [
    .attach(AttachOptions(input: true, output: false, errorOutput: true, endsInput: true)),
    .attach(AttachOptions()), .input([0, 255, 10]), .input([]), .endOfInput,
    .resize(rows: 24, columns: 65535),
    .go(nil), .go(ExplainRequest(asJSON: true, colour: false, columns: 100)), .signal(15),
    .stop(signal: nil, timeout: nil, byHand: true), .stop(signal: 9, timeout: -1, byHand: false),
    .restart(signal: 1, timeout: 0), .pause, .unpause, .hold, .release, .wait, .reload,
    .launched(pid: 4_194_304),
    .failed(code: 127, text: "exec \"x\": no such file or directory"), .output([1, 2]), .errorOutput([]),
    .explanation("✓ step"), .done, .refused("not now"), .ended(code: 137, restarts: true),
  ]

  @Test(arguments: all)
  func survives(_ message: MonitorMessage) { #expect(MonitorMessage(message.bytes[...]) == message) }

  @Test(arguments: all)
  func cutShort(_ message: MonitorMessage) {
    // A shorter packet may be another message, or none; it is never read beyond its end.
    for length in 0..<message.bytes.count { _ = MonitorMessage(message.bytes[..<length]) }
  }

  @Test
  func strange() {
    #expect(MonitorMessage([]) == nil)
    #expect(MonitorMessage([0]) == nil)
    #expect(MonitorMessage([UInt8(ascii: "k"), 1, 2]) == nil)
  }

  @Test
  func longTextsAreCut() {
    let message = MonitorMessage.refused(String(repeating: "x", count: 1 << 20))
    #expect(message.bytes.count <= MonitorMessage.limit)
  }
}

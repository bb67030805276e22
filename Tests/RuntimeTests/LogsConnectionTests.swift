import CShim
import Glibc
import Testing

@testable import Runtime

/// Logs that leave by real sockets.
@Suite struct LogsConnectionTests {
  private func log(_ address: String, _ options: [String: String] = [:]) throws -> ContainerLog {
    let options = options.merging(["syslog-address": address, "tag": "web"]) { $1 }
    return try ContainerLog(LogOptions(driver: "syslog", options), of: .web, in: "/nowhere")
  }

  /// Serves the log until so much text has arrived that it ends so.
  private func collect(_ log: ContainerLog, _ receiver: Receiver, until end: String) -> String {
    var text = ""
    let isComplete = log.serve {
      while receiver.ready(), let more = receiver.receive() { text += more }
      return text.hasSuffix(end)
    }
    return isComplete ? text : text + " (and no more)"
  }

  private func bodies(_ text: String) -> [String] {
    text.split(separator: "\n").map { line in
      // After `]: `, or after ` - `.
      let bytes = Array(line.utf8)
      for at in bytes.indices.dropLast(2)
      where ["]: ", " - "].contains(where: { bytes[at...].starts(with: $0.utf8) }) {
        return String(decoding: bytes[(at + 3)...], as: UTF8.self)
      }
      return String(line)
    }
  }

  @Test(arguments: ["", "rfc3164", "rfc5424", "rfc5424micro"])
  func everyTransport(_ format: String) throws {
    let scratch = try SecurityScratch()
    let receivers = [
      try Receiver(stream: false), try Receiver(stream: true),
      try Receiver(path: scratch.path + "/datagrams", stream: false),
      try Receiver(path: scratch.path + "/stream", stream: true),
    ]
    for receiver in receivers {
      let log = try log(receiver.address, ["syslog-format": format])
      log.write(.stdout, "one\n\ntwo\n")
      log.write(.stderr, "three")
      log.finish()
      let text = collect(log, receiver, until: "three\n")
      #expect(bodies(text) == ["one", "", "two", "three"], "\(receiver.address)")
      #expect(text.hasPrefix(format.hasPrefix("rfc5424") ? "<30>1 20" : "<30>"))
      #expect(text.split(separator: "\n").last!.hasPrefix("<27>"))
      #expect(log.isDrained && log.trouble == nil && log.loss == LogLoss())
    }
  }

  /// A path may be of the other kind than its address says, as /dev/log is with rsyslog.
  @Test func eitherKindOfPath() throws {
    let scratch = try SecurityScratch()
    let datagrams = try Receiver(path: scratch.path + "/a", stream: false)
    let stream = try Receiver(path: scratch.path + "/b", stream: true)
    let first = try log("unix://" + scratch.path + "/a")
    let second = try log("unixgram://" + scratch.path + "/b")
    first.write(.stdout, "one\n")
    second.write(.stdout, "one\n")
    #expect(bodies(collect(first, datagrams, until: "one\n")) == ["one"])
    #expect(bodies(collect(second, stream, until: "one\n")) == ["one"])
  }

  /// Lines wait for a server that is not there yet, and go on when it comes back.
  @Test func connectsAgain() throws {
    let place = try Receiver(stream: true)
    let port = place.port
    place.stop()
    let log = try log("tcp://127.0.0.1:\(port)")
    log.write(.stdout, "before\n")
    #expect(log.serve { log.trouble == "connection refused" })
    #expect(!log.isDrained)
    var receiver = try Receiver(stream: true, port: port)
    #expect(bodies(collect(log, receiver, until: "before\n")) == ["before"])
    receiver.stop()
    #expect(log.serve { log.trouble != nil })
    log.write(.stdout, "meanwhile\n")
    #expect(!log.isDrained)
    receiver = try Receiver(stream: true, port: port)
    #expect(bodies(collect(log, receiver, until: "meanwhile\n")) == ["meanwhile"])
    #expect(log.loss == LogLoss())
  }

  /// What was cut off in the middle is sent again as a whole.
  @Test func noMessageIsTorn() throws {
    let scratch = try SecurityScratch()
    let receiver = try Receiver(path: scratch.path + "/stream", stream: true)
    let log = try log(receiver.address)
    let line = String(repeating: "x", count: 9999) + "\n"
    // More than a socket takes at once.
    for _ in 0..<80 { log.write(.stdout, line) }
    var first = ""
    #expect(
      log.serve {
        first += receiver.receive() ?? ""; return !first.isEmpty
      })
    receiver.hangUp()
    let end = "the end\n"
    log.write(.stdout, end)
    let text = collect(log, receiver, until: end)
    let bodies = bodies(text)
    #expect(bodies.last == "the end")
    #expect(bodies.dropLast().allSatisfy { $0.utf8.count == 9999 })
    #expect(text.hasPrefix("<30>"))
  }

  /// A receiver that takes nothing: the queue fills, what does not fit is counted, and told where it is missing. A
  /// write that waited would wait for ever: the same thread is to read.
  @Test func aReceiverThatIsTooSlow() throws {
    let scratch = try SecurityScratch()
    let receiver = try Receiver(path: scratch.path + "/stream", stream: true)
    let log = try log(receiver.address, ["max-buffer-size": "100k"])
    let count = 10_000
    for number in 0..<count { log.write(.stdout, "number \(number), and some more to make it longer\n") }
    #expect(log.loss.lines > 0 && log.loss.lines < count)
    let lost = log.loss
    #expect(!log.isFull)
    var text = ""
    #expect(
      log.serve {
        text += receiver.receive() ?? ""
        return log.isDrained && !receiver.ready()
      })
    log.write(.stdout, "again\n")
    text += collect(log, receiver, until: "again\n")
    let bodies = bodies(text)
    #expect(bodies.count == count - lost.lines + 2)
    #expect(
      bodies.suffix(2) == [
        "swiftainer: \(lost.lines) lines (\(lost.bytes) bytes) of output could not be logged: "
          + "the receiver is too slow", "again",
      ])
    #expect(bodies.first == "number 0, and some more to make it longer")
    #expect(text.split(separator: "\n").first { $0.contains("could not be logged") }!.hasPrefix("<27>"))
  }

  /// With mode=blocking nothing is lost: the payload is to wait.
  @Test func holdsThePayload() throws {
    let scratch = try SecurityScratch()
    let receiver = try Receiver(path: scratch.path + "/stream", stream: true)
    let log = try log(receiver.address, ["max-buffer-size": "100k", "mode": "blocking"])
    var count = 0
    while !log.isFull && count < 100_000 {
      log.write(.stdout, "number \(count), and some more to make it longer\n")
      count += 1
    }
    #expect(log.isFull)
    var text = ""
    #expect(
      log.serve {
        text += receiver.receive() ?? ""
        return log.isDrained && !receiver.ready()
      })
    #expect(!log.isFull && log.loss == LogLoss())
    #expect(bodies(text).count == count)
  }

  @Test func nobodyThere() throws {
    let log = try log("unix:///nowhere/at/all")
    log.write(.stdout, "x\ny\n")
    #expect(log.trouble == "no such file or directory")
    #expect(!log.isDrained)
    log.finish()
    #expect(!log.drain(for: 10_000_000))
    #expect(log.isDrained && log.loss.lines == 2)
  }

  /// What waits at the end has a moment to leave.
  @Test func drains() throws {
    let receiver = try Receiver(stream: true)
    let log = try log(receiver.address)
    log.write(.stdout, String(repeating: "line\n", count: 2000))
    log.finish()
    #expect(!log.isDrained && log.drain(for: 5_000_000_000) && log.isDrained)
    var text = ""
    while receiver.ready(), let more = receiver.receive() { text += more }
    #expect(bodies(text).count == 2000)
  }

  @Test func noneLogsNothing() throws {
    let log = try ContainerLog(LogOptions(driver: "none", [:]), of: .web, in: "/nowhere")
    log.write(.stdout, "x\n")
    log.finish()
    #expect(log.descriptor == -1 && log.isDrained && log.loss == LogLoss())
  }

  @Test func queue() {
    var queue = LogQueue(limit: 100)
    func text(_ count: Int, _ letter: Character) -> [UInt8] {
      Array(String(repeating: letter, count: count).utf8)
    }
    var taken = 0
    for round in 0..<1000 {
      let bytes = text(round % 40, "a")
      let fits = queue.size + bytes.count + 4 <= 100
      #expect(bytes.withUnsafeBytes { queue.append($0) } == fits)
      if !fits || round % 3 == 0 {
        #expect(queue.first.allSatisfy { $0 == UInt8(ascii: "a") })
        queue.removeFirst()
        taken += 1
      }
    }
    #expect(taken > 300)
    while !queue.isEmpty { queue.removeFirst() }
    #expect(text(97, "b").withUnsafeBytes { queue.append($0) } == false)
    #expect(text(96, "b").withUnsafeBytes { queue.append($0) } == true)
  }

  /// Over a datagram's limit the entry travels in sealed memory.
  @Test func largeJournalEntries() throws {
    var ends: [CInt] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let entry = [UInt8](repeating: 0x61, count: 1 << 20)
    #expect(entry.withUnsafeBytes { JournalEntries.sendLarge(ends[0], $0) })
    var descriptor: CInt = -1
    var byte: UInt8 = 0
    #expect(shim_receive(ends[1], &byte, 1, &descriptor) == 0)
    #expect(descriptor >= 0)
    let getSeals: CInt = 1034
    #expect(fcntl(descriptor, getSeals) == 0xF)
    #expect(LogFiles.size(of: descriptor) == 1 << 20)
    close(descriptor)
  }
}

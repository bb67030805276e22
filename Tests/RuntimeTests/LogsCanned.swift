import Glibc

@testable import Runtime

/// A target that remembers what it was given.
final class RememberingLog: LogTarget {
  struct Line: Equatable {
    var stream: LogStream
    var text: [UInt8]
    var whole: Bool
  }

  private(set) var lines: [Line] = []
  private var stream = LogStream.stdout

  func begin(_ stream: LogStream, at time: timespec) { self.stream = stream }
  func line(_ bytes: UnsafeRawBufferPointer, whole: Bool) {
    lines.append(Line(stream: stream, text: Array(bytes), whole: whole))
  }
  func commit() {}
  let descriptor: CInt = -1
  func ready() {}
  func giveUp() {}
  let isDrained = true
  let isFull = false
  let loss = LogLoss()
  let trouble: String? = nil
}

extension LoggedContainer {
  static let web = LoggedContainer(
    id: "0123456789ab" + String(repeating: "c", count: 52), name: "web", imageName: "nginx:1.25",
    imageID: "sha256:fedcba987654321000", command: ["nginx", "-g", "daemon off;"],
    labels: ["tier": "front", "team.name": "shop", "team.mail": "shop@example.com"],
    environment: ["STAGE=production", "EMPTY=", "SECRET=hidden"])
}

extension ContainerLog {
  func write(_ stream: LogStream, _ text: String, at time: timespec = LogTime.now()) {
    write(stream, Array(text.utf8), at: time)
  }

  func write(_ stream: LogStream, _ bytes: [UInt8], at time: timespec = LogTime.now()) {
    bytes.withUnsafeBytes { write(stream, $0, at: time) }
  }

  /// Serves the log until a condition holds; false after five seconds.
  func serve(until condition: () -> Bool) -> Bool {
    let end = Clock.monotonicNanoseconds() + 5_000_000_000
    while !condition() {
      var polled = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
      if poll(&polled, 1, 50) > 0 { ready() }
      if Clock.monotonicNanoseconds() > end { return false }
    }
    return true
  }
}

/// 21 November 2026, 15:00:45 UTC, and some.
let cannedTime = timespec(tv_sec: 1_795_273_245, tv_nsec: 12_345_678)

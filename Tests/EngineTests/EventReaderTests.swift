import Glibc
import Runtime
import Testing

@testable import Engine

@Suite struct EventReaderTests {
  private static func event(_ action: String, _ attributes: [(name: String, value: String)] = [])
    -> EngineEvent
  {
    EngineEvent(type: "container", action: action, actor: "abc", attributes: attributes)
  }

  @Test func readsOverRotations() throws {
    let scratch = Scratch()
    defer { ScratchFolder.remove(scratch.path) }
    let log = EventLog(EngineRoots(data: scratch.path + "/data", run: scratch.path + "/run"))
    let reader = try EventReader(log)
    let past = Moment(nanoseconds: 0)
    #expect(try reader.next(until: past) == [])
    #expect(try reader.next(until: past) == nil)
    // Long ones: the log is moved away some times.
    let long = String(repeating: "x", count: 300_000)
    for round in 0..<5 {
      let added = (0..<3).map { Self.event("\(round).\($0)", [("long", long)]) }
      added.forEach(log.add)
      var read: [EngineEvent] = []
      while let events = try reader.next(until: past) { read += events }
      #expect(read == added)
    }
    #expect(Files.exists(log.former))
  }

  @Test func beginsWithWhatWasMovedAway() throws {
    let scratch = Scratch()
    defer { ScratchFolder.remove(scratch.path) }
    let log = EventLog(EngineRoots(data: scratch.path + "/data", run: scratch.path + "/run"))
    log.add(Self.event("first", [("long", String(repeating: "x", count: 1_100_000))]))
    log.add(Self.event("second"))
    #expect(try EventReader(log).next(until: nil)?.map(\.action) == ["first", "second"])
  }

  @Test func passesOverWhatIsNoEvent() throws {
    let scratch = Scratch()
    defer { ScratchFolder.remove(scratch.path) }
    let log = EventLog(EngineRoots(data: scratch.path + "/data", run: scratch.path + "/run"))
    log.add(Self.event("first"))
    let file = try Files.open(log.file, O_WRONLY | O_APPEND)
    try Files.write(Array("{\"torn\n".utf8), to: file.raw, log.file)
    #expect(fcntl(file.raw, F_GETFD) >= 0)
    log.add(Self.event("second"))
    #expect(try EventReader(log).next(until: nil)?.map(\.action) == ["first", "second"])
  }

  @Test(
    arguments: [
      ([], true), (["event=exec_start"], true), (["event=exec"], false), (["type=volume"], false),
      (["container=web"], true), (["container=ab"], true), (["container=we"], false), (["image=box"], true),
      (["image=box:latest"], true), (["label=role=front"], true), (["label=role=back"], false),
      (["scope=local"], true), (["scope=swarm"], false), (["event=die", "event=exec_start"], true),
    ] as [([String], Bool)])
  func filters(words: [String], keeps: Bool) throws {
    let event = Self.event("exec_start: ls", [("name", "web"), ("image", "box"), ("role", "front")])
    #expect(try EventFilter(words).keeps(event) == keeps)
  }

  @Test func lines() {
    var event = Self.event("start", [("name", "web"), ("image", "box")])
    event.time = 1_357_133_017_000_000_001
    #expect(event.line.hasSuffix(" container start abc (image=box, name=web)"))
    #expect(event.line.contains(".000000001"))
  }
}

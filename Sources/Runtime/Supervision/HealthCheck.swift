import OCISpec

/// How a container's health is found out. Durations are in nanoseconds.
public struct HealthCheck: Equatable, Sendable {
  /// What happens when the container turns unhealthy.
  public enum Reaction: String, CaseIterable, Sendable { case none, kill, restart, stop }

  /// The probe's program and its arguments.
  public var command: [String]
  /// From the end of one probe, or the start of the payload, to the next.
  public var interval: UInt64 = 30_000_000_000
  public var timeout: UInt64 = 30_000_000_000
  /// For so long after the start failures do not count.
  public var startPeriod: UInt64 = 0
  /// The interval inside the start period.
  public var startInterval: UInt64 = 5_000_000_000
  /// So many failures in a row make it unhealthy.
  public var retries = 3
  public var reaction = Reaction.none

  public init(command: [String]) { self.command = command }

  /// How long to wait for the next probe.
  ///
  /// - Parameter age: since the payload's start.
  func wait(_ health: Health, age: UInt64) -> UInt64 {
    health.status == .starting && age < startPeriod ? startInterval : interval
  }

  /// What a probe's end makes of the health so far.
  func judge(_ health: Health, _ probe: HealthProbeResult, age: UInt64) -> Health {
    var health = health
    health.log.append(probe)
    health.log.removeFirst(max(0, health.log.count - Health.logLength))
    if probe.exitCode == 0 {
      health.failingStreak = 0
      health.status = .healthy
    } else if health.status != .starting || age >= startPeriod {
      health.failingStreak += 1
      if health.failingStreak >= retries { health.status = .unhealthy }
    }
    return health
  }
}

/// What is known of a container's health.
public struct Health: Equatable, Sendable {
  public enum Status: String, CaseIterable, Sendable { case starting, healthy, unhealthy }

  public var status = Status.starting
  public var failingStreak = 0
  /// The last probes, the latest last.
  public var log: [HealthProbeResult] = []

  static let logLength = 5

  public init() {}
}

/// One probe. Times are RFC 3339.
public struct HealthProbeResult: Equatable, Sendable {
  public var start: String
  public var end: String
  /// -1 where it took too long, or could not be started.
  public var exitCode: CInt
  /// Both streams, cut off at `outputLimit`.
  public var output: String

  /// In bytes.
  static let outputLimit = 4096

  public init(start: String, end: String, exitCode: CInt, output: String) {
    self.start = start
    self.end = end
    self.exitCode = exitCode
    self.output = output
  }
}

extension Health: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    status = try object.choice("status") ?? .starting
    failingStreak = try object.integer("failingStreak") ?? 0
    log = try object.list("log")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", status)
      writer.member("failingStreak", failingStreak)
      writer.member("log", log)
    }
  }
}

extension HealthProbeResult: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      start: object.string("start") ?? "", end: object.string("end") ?? "",
      exitCode: object.integer("exitCode") ?? 0, output: object.string("output") ?? "")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("start", start)
      writer.member("end", end)
      writer.member("exitCode", exitCode)
      writer.member("output", output)
    }
  }
}

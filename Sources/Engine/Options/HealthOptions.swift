import OCISpec
import Runtime

/// How it is found out whether a payload is well. Spans are nanoseconds; nil is what the image says, else the
/// default.
public struct HealthOptions: Equatable, Sendable {
  /// `--no-healthcheck`: not even what the image says.
  public var isDisabled = false
  /// `CMD-SHELL` and a line for the container's shell, or `CMD` and a program with its arguments.
  public var test: [String]?
  /// Between the end of one probe and the next.
  public var interval: Int64?
  public var timeout: Int64?
  /// Since the start; failures in it do not count.
  public var startPeriod: Int64?
  /// The interval within the start period.
  public var startInterval: Int64?
  /// Failures in a row.
  public var retries: Int?
  /// What is done when the payload is found unhealthy.
  public var onFailure: HealthCheck.Reaction?

  public static let defaultInterval: Int64 = 30_000_000_000
  public static let defaultTimeout: Int64 = 30_000_000_000
  public static let defaultStartInterval: Int64 = 5_000_000_000
  public static let defaultRetries = 3

  public init() {}

  /// A span as people type it, in nanoseconds: `30s`, or `0` for the default.
  public static func span(_ text: String, flag: String) throws(Failure) -> Int64 {
    guard let span = GoDuration.nanoseconds(text) else {
      throw Failure(flag, text, reason: "not a span of time", hint: "as in 30s or 1m30s")
    }
    if isTooShort(span) { throw Failure(flag, text, reason: "less than a millisecond") }
    return span
  }

  /// Whether a span is none that a probe can be held to: as with Docker, the shortest is a millisecond. 0 is the default.
  static func isTooShort(_ span: Int64) -> Bool { span > 0 && span < 1_000_000 }
}

extension HealthOptions: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init()
    isDisabled = try object.flag("isDisabled")
    // What there was before images came.
    test = try object["test"]?.strings()
    if let line = try object.string("command") { test = ["CMD-SHELL", line] }
    interval = try object.integer("interval")
    timeout = try object.integer("timeout")
    startPeriod = try object.integer("startPeriod")
    startInterval = try object.integer("startInterval")
    retries = try object.integer("retries")
    onFailure = try object.choice("onFailure")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("isDisabled", flag: isDisabled)
      writer.member("test", test)
      writer.member("interval", interval)
      writer.member("timeout", timeout)
      writer.member("startPeriod", startPeriod)
      writer.member("startInterval", startInterval)
      writer.member("retries", retries)
      writer.member("onFailure", onFailure)
    }
  }
}

import NIOCore

/// How long servers are waited for, and how often they are asked again.
public struct Patience: Sendable {
  /// Seconds until there must be a connection.
  public var connecting: Int64 = 15
  /// Seconds until an answer must begin.
  public var answering: Int64 = 60
  /// Seconds in which at least one byte must come, or be taken.
  public var silence: Int64 = 60
  /// How often something is asked for again that failed for a reason that may pass.
  public var retries = 4
  /// Milliseconds before it is asked for the first time again; twice as many before each further time.
  public var firstDelay: Int64 = 500
  /// The longest delay that is kept to, in seconds, also where a server asks for it.
  public var longestDelay: Int64 = 60
  /// Whoever waits; tests do not.
  var sleep: @Sendable (_ milliseconds: Int64) async throws -> Void = { milliseconds in
    try await Task.sleep(for: .milliseconds(milliseconds))
  }

  public init() {}

  /// Where there is somewhere else to ask.
  var withoutRetries: Patience {
    var copy = self
    copy.retries = 0
    return copy
  }

  /// Milliseconds before a try; some chance in it, so that many who failed at once do not all come back at once.
  func delay(before retry: Int) -> Int64 {
    let doubled = firstDelay << Int64(min(retry, 10))
    return min(doubled, longestDelay * 1000) * Int64.random(in: 75...125) / 100
  }
}

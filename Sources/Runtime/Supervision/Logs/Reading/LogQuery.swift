import Glibc

/// Which lines of a log are wanted: the flags of `logs`.
public struct LogQuery: Sendable {
  /// Go on with the lines that are yet to come.
  public var follows: Bool
  /// Only the last ones; nil for all.
  public var tail: Int?
  /// From this moment on.
  public var since: timespec?
  /// Up to this moment.
  public var until: timespec?

  /// Reads what was typed; an empty text is none.
  ///
  /// - Throws: `Failure` that names the flag.
  public init(
    follow: Bool = false, tail: String = "all", since: String = "", until: String = "",
    now: timespec = LogTime.now()
  ) throws(Failure) {
    follows = follow
    if tail != "all" && !tail.isEmpty {
      guard let count = Int(tail) else {
        throw Failure("--tail", tail, reason: "not a number of lines", hint: "a number, or all")
      }
      // As with docker, less than none are all.
      self.tail = count < 0 ? nil : count
    }
    self.since = since.isEmpty ? nil : try LogMoment.parse(flag: "--since", since, now: now)
    self.until = until.isEmpty ? nil : try LogMoment.parse(flag: "--until", until, now: now)
  }

  var needsTimes: Bool { since != nil || until != nil }
}

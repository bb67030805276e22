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

extension LogMoment {
  /// What a flag says: a moment as above, seconds since 1970 with a fraction or without, or a span of time before now
  /// in Go's form, `1h30m`.
  ///
  /// - Throws: `Failure` that names the flag.
  public static func parse(flag: String, _ text: String, now: timespec) throws(Failure) -> timespec {
    if text != "0", let span = span(text) { return add(-span, to: now) }
    if let moment = parse(text) ?? seconds(text) { return moment }
    throw Failure(
      flag, text, reason: "not a time",
      hint: "as in 2013-01-02T13:23:37Z, 1357133017 or 42m for 42 minutes ago")
  }

  /// In nanoseconds; a sign may precede it.
  private static func span(_ text: String) -> Int64? {
    if text.hasPrefix("-") { return GoDuration.nanoseconds(String(text.dropFirst())).map { -$0 } }
    return GoDuration.nanoseconds(text.hasPrefix("+") ? String(text.dropFirst()) : text)
  }

  private static func seconds(_ text: String) -> timespec? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let seconds = Int(parts[0]), seconds.magnitude < 1 << 40 else { return nil }
    guard parts.count == 2 else { return timespec(tv_sec: seconds, tv_nsec: 0) }
    let digits = Array(parts[1].utf8)
    var at = 0
    guard let nanoseconds = digits.withUnsafeBytes({ fraction($0, &at) }), at == digits.count else {
      return nil
    }
    return timespec(tv_sec: seconds, tv_nsec: nanoseconds)
  }

  private static func add(_ nanoseconds: Int64, to time: timespec) -> timespec {
    // Apart, since the sum of two spans may be too large.
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let fraction = Int(rest) + time.tv_nsec
    let carry = fraction < 0 ? -1 : fraction / 1_000_000_000
    return timespec(
      tv_sec: time.tv_sec + Int(seconds) + carry, tv_nsec: fraction - carry * 1_000_000_000)
  }
}

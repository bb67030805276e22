import Glibc
import Runtime

/// A moment of the time of day.
public struct Moment: Comparable, Hashable, Sendable {
  /// Since 1970.
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func now() -> Moment {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  public static func < (one: Moment, other: Moment) -> Bool { one.nanoseconds < other.nanoseconds }

  /// How long ago it was, as people say it.
  public func ago(_ now: Moment) -> String {
    HumanDuration.text(now.nanoseconds.subtractingReportingOverflow(nanoseconds).partialValue)
  }
}

extension Moment {
  /// Nil for what is centuries away: years that stand for never, above all.
  private init?(_ time: timespec) {
    let (seconds, isFar) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    let (nanoseconds, isFarther) = seconds.addingReportingOverflow(Int64(time.tv_nsec))
    if isFar || isFarther { return nil }
    self.init(nanoseconds: nanoseconds)
  }

  /// Reads RFC 3339, and what docker takes for it: less precise down to the date, and without a zone, which is then
  /// the machine's own.
  public init?(_ text: String) {
    guard let time = LogMoment.parse(text) else { return nil }
    self.init(time)
  }

  /// What a flag says: a moment as above, seconds since 1970 with a fraction or without, or a span before now in Go's
  /// form, `1h30m`.
  public init(flag: String, _ text: String, now: Moment = .now()) throws(Failure) {
    let (seconds, rest) = now.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let time = try LogMoment.parse(flag: flag, text, now: timespec(tv_sec: Int(seconds), tv_nsec: Int(rest)))
    guard let moment = Moment(time) else { throw Failure(flag, text, reason: "too far away") }
    self = moment
  }
}

extension Moment {
  /// In the machine's zone, as Go prints times: `2006-01-02 15:04:05 -0700 MST`.
  public var goText: String { local("%Y-%m-%d %H:%M:%S %z %Z") }

  /// In the machine's zone, as RFC 3339 with nine digits.
  public var preciseText: String {
    let fraction = String(1_000_000_000 + Int(nanoseconds % 1_000_000_000)).dropFirst()
    let zone = local("%z")
    return local("%Y-%m-%dT%H:%M:%S") + "." + fraction
      + (zone == "+0000" ? "Z" : zone.prefix(3) + ":" + zone.suffix(2))
  }

  private func local(_ format: String) -> String {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var buffer = [UInt8](repeating: 0, count: 128)
    let length = buffer.withUnsafeMutableBytes {
      strftime($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count, format, &parts)
    }
    return String(decoding: buffer[..<length], as: UTF8.self)
  }
}

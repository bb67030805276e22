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
  /// Reads RFC 3339, and what docker takes for it: less precise down to the date, and without a zone, which is then
  /// the machine's own.
  public init?(_ text: String) {
    var rest = text.utf8[...]
    func number(_ digits: Int, _ range: ClosedRange<Int>) -> Int? {
      guard rest.count >= digits, let value = Self.decimal(rest.prefix(digits)), range.contains(value) else {
        return nil
      }
      rest = rest.dropFirst(digits)
      return value
    }
    func skip(_ letters: Unicode.Scalar...) -> Unicode.Scalar? {
      guard let letter = letters.first(where: { UInt8(ascii: $0) == rest.first }) else { return nil }
      rest = rest.dropFirst()
      return letter
    }
    guard let year = number(4, 1970...2200), skip("-") != nil, let month = number(2, 1...12),
      skip("-") != nil,
      let day = number(2, 1...31)
    else { return nil }
    var clock = [0, 0, 0]
    var fraction: Int64 = 0
    if skip("T", "t", " ") != nil {
      for index in 0..<3 {
        if index > 0, skip(":") == nil { break }
        guard let value = number(2, 0...(index == 0 ? 23 : index == 1 ? 59 : 60)) else { return nil }
        clock[index] = value
      }
      if skip(".") != nil {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let value = Self.billionths(digits) else { return nil }
        fraction = value
        rest = rest.dropFirst(digits.count)
      }
    }
    var seconds = Self.days(year, month, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    if rest.isEmpty {
      var local = tm()
      (local.tm_year, local.tm_mon, local.tm_mday) = (CInt(year - 1900), CInt(month - 1), CInt(day))
      (local.tm_hour, local.tm_min, local.tm_sec) = (CInt(clock[0]), CInt(clock[1]), CInt(clock[2]))
      local.tm_isdst = -1
      seconds = mktime(&local)
    } else if skip("Z", "z") == nil {
      guard let sign = skip("+", "-"), let hours = number(2, 0...23), skip(":") != nil,
        let minutes = number(2, 0...59)
      else { return nil }
      seconds -= (sign == "+" ? 1 : -1) * (hours * 3600 + minutes * 60)
    }
    guard rest.isEmpty else { return nil }
    self.init(nanoseconds: Int64(seconds) * 1_000_000_000 + fraction)
  }

  /// What a flag says: a moment as above, seconds since 1970 with a fraction or without, or a span before now in Go's
  /// form, `1h30m`.
  public init(flag: String, _ text: String, now: Moment = .now()) throws(Failure) {
    if let moment = Moment(text) {
      self = moment
      return
    }
    if text != "0", let span = GoDuration.nanoseconds(text) {
      self.init(nanoseconds: now.nanoseconds - span)
      return
    }
    let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let seconds = Self.decimal(parts[0]), seconds < 1 << 33,
      let fraction = parts.count == 1 ? 0 : Self.billionths(parts[1])
    else {
      throw Failure(
        flag, text, reason: "not a time",
        hint: "as in 2013-01-02T13:23:37Z, 1357133017 or 42m for 42 minutes ago")
    }
    self.init(nanoseconds: Int64(seconds) * 1_000_000_000 + fraction)
  }

  private static func decimal(_ digits: Substring.UTF8View) -> Int? {
    if digits.isEmpty || digits.count > 15 { return nil }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return value
  }

  /// The digits after a point; what is finer is cut off.
  private static func billionths(_ digits: Substring.UTF8View) -> Int64? {
    guard var value = decimal(digits.prefix(9)) else { return nil }
    for _ in digits.count..<max(9, digits.count) { value *= 10 }
    return Int64(value)
  }

  /// Since 1970. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = year.quotientAndRemainder(dividingBy: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
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

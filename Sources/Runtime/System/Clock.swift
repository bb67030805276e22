import Glibc

/// Times, as the kernel tells them.
public enum Clock {
  /// Nanoseconds since boot, not counting suspension. The corresponding C function is `clock_gettime`.
  public static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// The time of day as RFC 3339 with nanoseconds, in UTC.
  public static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return text(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
  }

  /// A moment after the epoch as RFC 3339.
  ///
  /// `gmtime_r` would read /etc/localtime first. The calendar is counted from March, so that the leap day is the
  /// last of its year. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
  static func text(seconds: Int, nanoseconds: Int) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400)
    let (era, day) = days.quotientAndRemainder(dividingBy: 146_097)
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    var digits: [UInt8] = []
    digits.reserveCapacity(32)
    func append(_ value: Int, _ width: Int, _ separator: Unicode.Scalar) {
      var unit = 1
      for _ in 1..<width { unit *= 10 }
      while unit > 0 {
        digits.append(UInt8(ascii: "0") + UInt8(value / unit % 10))
        unit /= 10
      }
      digits.append(UInt8(ascii: separator))
    }
    append(era * 400 + year + (month <= 2 ? 1 : 0), 4, "-")
    append(month, 2, "-")
    append(dayOfYear - (153 * fromMarch + 2) / 5 + 1, 2, "T")
    append(second / 3600, 2, ":")
    append(second / 60 % 60, 2, ":")
    append(second % 60, 2, ".")
    append(nanoseconds, 9, "Z")
    return String(decoding: digits, as: UTF8.self)
  }
}

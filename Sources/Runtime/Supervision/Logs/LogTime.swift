import Glibc

/// Moments as logs hold them.
public enum LogTime {
  /// The time of day. The corresponding C function is `clock_gettime`.
  public static func now() -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time
  }

  /// RFC 3339 in UTC with nine digits, whatever they are, so that texts sort as times do.
  static func text(_ time: timespec) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 30) { digits in
      write(time, to: digits.baseAddress!)
      digits[29] = UInt8(ascii: "Z")
      return String(decoding: digits, as: UTF8.self)
    }
  }

  /// The same without the `Z`: 29 bytes.
  ///
  /// The calendar is counted from March, so that the leap day is the last of its year. Source: Howard Hinnant,
  /// "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
  static func write(_ time: timespec, to out: UnsafeMutablePointer<UInt8>) {
    let seconds = max(0, min(time.tv_sec, 253_402_300_799))
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400)
    let (era, day) = days.quotientAndRemainder(dividingBy: 146_097)
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    put(era * 400 + year + (month <= 2 ? 1 : 0), 4, "-", to: out)
    put(month, 2, "-", to: out + 5)
    put(dayOfYear - (153 * fromMarch + 2) / 5 + 1, 2, "T", to: out + 8)
    put(second / 3600, 2, ":", to: out + 11)
    put(second / 60 % 60, 2, ":", to: out + 14)
    put(second % 60, 2, ".", to: out + 17)
    put(time.tv_nsec, 9, nil, to: out + 20)
  }

  private static func put(
    _ value: Int, _ width: Int, _ after: Unicode.Scalar?, to out: UnsafeMutablePointer<UInt8>
  ) {
    var value = value
    for place in (0..<width).reversed() {
      out[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
      value /= 10
    }
    if let after { out[width] = UInt8(ascii: after) }
  }
}

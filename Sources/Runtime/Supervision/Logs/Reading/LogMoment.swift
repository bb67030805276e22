import Glibc

/// Moments as people and logs write them.
public enum LogMoment {
  /// Reads RFC 3339, and what docker takes for it: less precise down to the date, and without a zone, which is then
  /// the machine's own. Nil for anything else.
  static func parse(_ text: UnsafeRawBufferPointer) -> timespec? {
    var at = 0
    func digits(_ count: Int, _ range: ClosedRange<Int>) -> Int? {
      guard at + count <= text.count else { return nil }
      var value = 0
      for byte in text[at..<at + count] {
        guard byte >= 0x30 && byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      at += count
      return range.contains(value) ? value : nil
    }
    func skip(_ expected: Unicode.Scalar) -> Bool {
      guard at < text.count, text[at] == UInt8(ascii: expected) else { return false }
      at += 1
      return true
    }

    guard let year = digits(4, 1...9999), skip("-"), let month = digits(2, 1...12), skip("-"),
      let day = digits(2, 1...31), day <= days(in: month, of: year)
    else { return nil }
    var (hour, minute, second, nanosecond) = (0, 0, 0, 0)
    if skip("T") || skip("t") {
      guard let value = digits(2, 0...23) else { return nil }
      hour = value
      if skip(":") {
        guard let value = digits(2, 0...59) else { return nil }
        minute = value
        if skip(":") {
          guard let value = digits(2, 0...60) else { return nil }
          second = value
          if skip(".") {
            guard let value = fraction(text, &at) else { return nil }
            nanosecond = value
          }
        }
      }
    }
    let seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    if at == text.count {
      var local = tm()
      (local.tm_year, local.tm_mon, local.tm_mday) = (CInt(year - 1900), CInt(month - 1), CInt(day))
      (local.tm_hour, local.tm_min, local.tm_sec, local.tm_isdst) = (
        CInt(hour), CInt(minute), CInt(second), -1
      )
      return timespec(tv_sec: mktime(&local), tv_nsec: nanosecond)
    }
    if skip("Z") || skip("z") {
      return at == text.count ? timespec(tv_sec: seconds, tv_nsec: nanosecond) : nil
    }
    let isEast = skip("+")
    guard isEast || skip("-"), let hours = digits(2, 0...23), skip(":"), let minutes = digits(2, 0...59),
      at == text.count
    else { return nil }
    let distance = hours * 3600 + minutes * 60
    return timespec(tv_sec: isEast ? seconds - distance : seconds + distance, tv_nsec: nanosecond)
  }

  public static func parse(_ text: String) -> timespec? {
    var text = text
    return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
  }

  /// The digits after a point, in nanoseconds; what is finer is cut off.
  static func fraction(_ text: UnsafeRawBufferPointer, _ at: inout Int) -> Int? {
    var (value, unit, count) = (0, 1_000_000_000, 0)
    while at < text.count, text[at] >= 0x30 && text[at] <= 0x39 {
      unit /= 10
      value += Int(text[at] - 0x30) * unit
      at += 1
      count += 1
    }
    return count > 0 ? value : nil
  }

  private static func days(in month: Int, of year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
  private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = year.quotientAndRemainder(dividingBy: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Whether one moment is before another.
func isBefore(_ one: timespec, _ other: timespec) -> Bool {
  (one.tv_sec, one.tv_nsec) < (other.tv_sec, other.tv_nsec)
}

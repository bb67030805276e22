import Glibc

/// What a syslog message looks like, as docker's driver writes it.
public enum SyslogFormat: Sendable {
  /// For a syslog daemon on the same machine: without a host name.
  case local
  case rfc3164
  case rfc5424
  /// With microseconds.
  case rfc5424micro

  init?(option: String) {
    switch option {
    case "": self = .local
    case "rfc3164": self = .rfc3164
    case "rfc5424": self = .rfc5424
    case "rfc5424micro": self = .rfc5424micro
    default: return nil
    }
  }

  /// Everything before the line itself.
  ///
  /// - Parameters:
  ///   - priority: facility and severity.
  ///   - time: local time, with its distance to UTC.
  func head(
    priority: Int, _ time: tm, nanoseconds: Int, host: String, tag: String, process: pid_t
  ) -> [UInt8] {
    let pid = Decimal.text(process)
    let text =
      switch self {
      case .local: "<\(priority)>\(Self.stamp(time)) \(tag)[\(pid)]: "
      case .rfc3164: "<\(priority)>\(Self.stamp(time)) \(host) \(tag)[\(pid)]: "
      case .rfc5424: "<\(priority)>1 \(Self.date(time, fraction: "")) \(host) \(tag) \(pid) \(tag) - "
      case .rfc5424micro:
        "<\(priority)>1 \(Self.date(time, fraction: "." + Self.padded(nanoseconds / 1000, 6))) \(host) \(tag) \(pid) \(tag) - "
      }
    return Array(text.utf8)
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Jan  2 15:04:05`.
  private static func stamp(_ time: tm) -> String {
    let day = (time.tm_mday < 10 ? " " : "") + Decimal.text(time.tm_mday)
    return "\(months[Int(time.tm_mon)]) \(day) \(clock(time))"
  }

  /// `2006-01-02T15:04:05+02:00`, or `Z` in place of no distance.
  private static func date(_ time: tm, fraction: String) -> String {
    let date =
      "\(padded(Int(time.tm_year) + 1900, 4))-\(padded(Int(time.tm_mon) + 1))-\(padded(Int(time.tm_mday)))"
    let minutes = abs(time.tm_gmtoff) / 60
    let zone =
      minutes == 0
      ? "Z" : (time.tm_gmtoff < 0 ? "-" : "+") + padded(minutes / 60) + ":" + padded(minutes % 60)
    return date + "T" + clock(time) + fraction + zone
  }

  private static func clock(_ time: tm) -> String {
    "\(padded(Int(time.tm_hour))):\(padded(Int(time.tm_min))):\(padded(Int(time.tm_sec)))"
  }

  private static func padded(_ value: Int, _ width: Int = 2) -> String {
    let digits = Decimal.text(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

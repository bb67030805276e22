/// Spans of time in the form of Go's `time.ParseDuration`, which engines and people write: `5s`, `500ms`, `1m30s`.
public enum GoDuration {
  /// The span in nanoseconds. Nil for anything else than numbers with units one after the other (`0` alone needs
  /// none), and for what is too large. Negative spans are none.
  public static func nanoseconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    var rest = Substring(text)
    if rest.isEmpty { return nil }
    var total = 0.0
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest[number.endIndex...]
      let unit = rest.prefix { !$0.isNumber && $0 != "." }
      rest = rest[unit.endIndex...]
      guard number.contains(where: \.isNumber), let value = Double(number), let factor = factor(of: unit)
      else {
        return nil
      }
      total += value * factor
    }
    return Int64(exactly: total.rounded())
  }

  private static func factor(of unit: Substring) -> Double? {
    switch unit {
    case "ns": 1
    case "us", "µs", "μs": 1e3
    case "ms": 1e6
    case "s": 1e9
    case "m": 60e9
    case "h": 3600e9
    default: nil
    }
  }

  /// The span as Go's `Duration.String` writes it: `1m30s`, `500ms`, `0s`.
  ///
  /// - Parameter nanoseconds: the span.
  public static func text(_ nanoseconds: UInt64) -> String {
    if nanoseconds == 0 { return "0s" }
    if nanoseconds < 1_000 { return "\(nanoseconds)ns" }
    if nanoseconds < 1_000_000 { return decimal(nanoseconds, 1_000) + "µs" }
    if nanoseconds < 1_000_000_000 { return decimal(nanoseconds, 1_000_000) + "ms" }
    let minutes = nanoseconds / 60_000_000_000
    let seconds = decimal(nanoseconds % 60_000_000_000, 1_000_000_000) + "s"
    if minutes == 0 { return seconds }
    return (minutes >= 60 ? "\(minutes / 60)h" : "") + "\(minutes % 60)m" + seconds
  }

  /// A quotient without trailing zeros.
  private static func decimal(_ value: UInt64, _ unit: UInt64) -> String {
    var fraction = String(value % unit + unit).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return "\(value / unit)" + (fraction.isEmpty ? "" : "." + fraction)
  }
}

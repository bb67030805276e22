/// Amounts of memory as people type them.
public enum ByteSize {
  /// The number of bytes that a text stands for: `1048576`, `512k`, `1.5g`, `2GiB`. Units are powers of 1024,
  /// in any case, with or without `b` or `ib`, as with runc and Docker. Nil for anything else, also for what is
  /// negative or too large.
  public static func parse(_ text: String) -> Int64? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    var unit = text[number.endIndex...].lowercased()
    if unit.hasPrefix(" ") { unit.removeFirst() }
    guard let factor = factor(of: unit) else { return nil }
    if let whole = Int64(number) {
      let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
      return overflow ? nil : bytes
    }
    // The digits on both sides of one point: what else Double would take (exponents, names) was cut off above.
    guard number.first != ".", number.last != ".", let fraction = Double(number) else { return nil }
    return Int64(exactly: (fraction * Double(factor)).rounded(.down))
  }

  private static func factor(of unit: String) -> Int64? {
    switch unit {
    case "", "b": 1
    case "k", "kb", "kib": 1 << 10
    case "m", "mb", "mib": 1 << 20
    case "g", "gb", "gib": 1 << 30
    case "t", "tb", "tib": 1 << 40
    case "p", "pb", "pib": 1 << 50
    default: nil
    }
  }
}

/// Amounts of bytes as people read them.
public enum HumanSize {
  private static let decimalUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  private static let binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

  /// In powers of 1000: `12.3kB`.
  ///
  /// - Parameters:
  ///   - bytes: the amount.
  ///   - digits: how many of its digits count.
  public static func decimal(_ bytes: Int64, digits: Int = 4) -> String {
    text(Double(bytes), base: 1000, decimalUnits, digits)
  }

  /// In powers of 1024: `12.3KiB`.
  public static func binary(_ bytes: Int64, digits: Int = 4) -> String {
    text(Double(bytes), base: 1024, binaryUnits, digits)
  }

  private static func text(_ bytes: Double, base: Double, _ units: [String], _ digits: Int) -> String {
    var (value, unit) = (max(bytes, 0), 0)
    while value >= base && unit < units.count - 1 {
      value /= base
      unit += 1
    }
    let whole = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4
    var factor = 1.0
    for _ in 0..<max(0, digits - whole) { factor *= 10 }
    let scaled = Int((value * factor).rounded(.toNearestOrEven))
    let (integer, rest) = scaled.quotientAndRemainder(dividingBy: Int(factor))
    var fraction = String(rest + Int(factor)).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return "\(integer)" + (fraction.isEmpty ? "" : ".\(fraction)") + units[unit]
  }
}

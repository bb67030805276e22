import Glibc

/// Amounts of bytes as `docker stats` prints them.
public enum SizeText {
  /// Four digits and a power of 1024, as in `1.934GiB`; `0B` for nothing.
  public static func binary(_ bytes: UInt64) -> String {
    scaled(bytes, by: 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"], digits: 4)
  }

  /// Three digits and a power of 1000, as in `1.04MB`.
  public static func decimal(_ bytes: UInt64) -> String {
    scaled(bytes, by: 1000, ["B", "kB", "MB", "GB", "TB", "PB", "EB"], digits: 3)
  }

  private static func scaled(_ bytes: UInt64, by base: Double, _ units: [String], digits: Int32) -> String {
    var size = Double(bytes)
    var unit = 0
    while size >= base && unit < units.count - 1 {
      size /= base
      unit += 1
    }
    return significant(size, digits) + units[unit]
  }

  /// As C's `%.4g` and Go's.
  private static func significant(_ value: Double, _ digits: Int32) -> String {
    formatted("%.*g", [digits, value])
  }

  /// Two digits behind the point and a percent sign.
  public static func percent(_ value: Double) -> String { formatted("%.2f%%", [value]) }

  private static func formatted(_ format: String, _ values: [any CVarArg]) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    _ = withVaList(values) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

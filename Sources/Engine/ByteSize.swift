import Runtime

/// Sizes such as `256m`: a number and one of b, k, m, g, in powers of 1024.
public enum ByteSize {
  /// The size in bytes. `flag` is for the error.
  public static func parse(_ text: String, flag: String) throws(Failure) -> Int64 {
    let lower = text.lowercased()
    let digits = lower.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = lower.dropFirst(digits.count)
    let units: [Substring: Double] = [
      "": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
      "g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40, "tib": 1 << 40,
    ]
    guard let number = Double(digits), let factor = units[unit], number * factor < 9e18 else {
      throw Failure(flag, text, reason: "not a size", hint: "a number and b, k, m or g, as in 256m")
    }
    return Int64(number * factor)
  }
}

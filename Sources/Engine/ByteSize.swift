import Runtime

/// Sizes such as `256m`: a number and one of b, k, m, g, in powers of 1024.
public enum ByteSize {
  /// The size in bytes. `flag` is for the error.
  public static func parse(_ text: String, flag: String) throws(Failure) -> Int64 {
    let lower = text.lowercased()
    let digits = lower.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = lower.dropFirst(digits.count)
    guard let number = Double(digits), let shift = shift(of: unit), number * Double(1 << shift) < 9e18 else {
      throw Failure(flag, text, reason: "not a size", hint: "a number and b, k, m or g, as in 256m")
    }
    return Int64(number * Double(1 << shift))
  }

  private static func shift(of unit: Substring) -> Int? {
    switch unit {
    case "", "b": 0
    case "k", "kb", "kib": 10
    case "m", "mb", "mib": 20
    case "g", "gb", "gib": 30
    case "t", "tb", "tib": 40
    default: nil
    }
  }
}

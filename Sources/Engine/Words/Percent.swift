/// Parts of a whole as people read them.
public enum Percent {
  /// Two digits behind the point: `50.13%`.
  public static func text(_ value: Double) -> String {
    let hundredths = Int((max(value, 0) * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)%"
  }
}

/// Spans of time as people say them.
public enum HumanDuration {
  /// `3 minutes`, `About an hour`: one unit, with the bounds between the units that docker has.
  ///
  /// - Parameter nanoseconds: the span; a negative one is none.
  public static func text(_ nanoseconds: Int64) -> String {
    let seconds = max(nanoseconds, 0) / 1_000_000_000
    switch seconds {
    case 0: return "Less than a second"
    case 1: return "1 second"
    case 2..<60: return "\(seconds) seconds"
    case 60..<120: return "About a minute"
    case 120..<3600: return "\(seconds / 60) minutes"
    default: break
    }
    // From here on hours are rounded, but for years.
    let hours = (seconds + 1800) / 3600
    switch hours {
    case 1: return "About an hour"
    case ..<48: return "\(hours) hours"
    case ..<(24 * 7 * 2): return "\(hours / 24) days"
    case ..<(24 * 30 * 2): return "\(hours / 24 / 7) weeks"
    case ..<(24 * 365 * 2): return "\(hours / 24 / 30) months"
    default: return "\(seconds / 3600 / 24 / 365) years"
    }
  }
}

/// When a monitor starts its payload again after an end that nobody wished.
public enum RestartRule: Equatable, Sendable {
  case never
  case always
  /// After a failure; at most so often in a row, nil for any number.
  case onFailure(most: Int?)

  /// Whether an end is followed by a start.
  ///
  /// - Parameter restarts: since the last start by hand.
  func restarts(exitCode: Int32, restarts: Int) -> Bool {
    switch self {
    case .never: false
    case .always: true
    case .onFailure(let most): exitCode != 0 && most.map { restarts < $0 } ?? true
    }
  }
}

/// How long the next restart waits: longer each time, and short again after a run that lasted.
public struct RestartDelay: Equatable, Sendable {
  /// Nanoseconds.
  public static let first: UInt64 = 100_000_000
  public static let longest: UInt64 = 60_000_000_000
  /// A run of this length counts as one that lasted.
  static let lasting: UInt64 = 10_000_000_000

  private var next = first

  public init() {}

  /// The wait before the restart that follows a run.
  ///
  /// - Parameter ran: how long it lasted, in nanoseconds.
  public mutating func take(ran: UInt64) -> UInt64 {
    if ran >= Self.lasting { next = Self.first }
    defer { next = min(next * 2, Self.longest) }
    return next
  }
}

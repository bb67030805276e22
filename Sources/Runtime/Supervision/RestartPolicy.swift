/// When a container that has ended is started again.
public struct RestartPolicy: Equatable, Sendable {
  public enum Name: String, CaseIterable, Sendable {
    case no
    case onFailure = "on-failure"
    case always
    case unlessStopped = "unless-stopped"
  }

  public var name: Name
  /// Of `onFailure`: how often in a row; 0 for without limit.
  public var maximumRetryCount: Int

  public init(_ name: Name = .no, maximumRetryCount: Int = 0) {
    self.name = name
    self.maximumRetryCount = maximumRetryCount
  }

  /// Whether an end is followed by a start.
  ///
  /// - Parameters:
  ///   - restarts: since the last start by hand.
  ///   - stoppedByHand: somebody wanted it to end.
  public func restarts(exitCode: CInt, restarts: Int, stoppedByHand: Bool) -> Bool {
    if stoppedByHand { return false }
    switch name {
    case .no: return false
    case .always, .unlessStopped: return true
    case .onFailure: return exitCode != 0 && (maximumRetryCount == 0 || restarts < maximumRetryCount)
    }
  }

  /// Whether the container is started when the machine has been.
  public func startsAtBoot(exitCode: CInt, wasRunning: Bool, stoppedByHand: Bool) -> Bool {
    switch name {
    case .no: false
    case .always: true
    case .unlessStopped: !stoppedByHand
    case .onFailure: !stoppedByHand && (wasRunning || exitCode != 0)
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

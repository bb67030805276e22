import OCISpec

/// What a monitor must know of its container. Read anew for each launch, and when somebody changed it.
public struct Supervision: Sendable {
  public var terminal = false
  /// The payload has an input.
  public var interactive = false
  public var stopSignal: CInt = 15
  /// Seconds from the stop signal to KILL; -1 waits for ever.
  public var stopTimeout: Int32 = 10
  public var restartRule = RestartRule.never
  public var healthCheck: HealthCheck?
  /// The container is removed when it has ended.
  public var removesItself = false

  public init() {}
}

/// What a monitor leaves to others. Each is called on the monitor's one thread.
public struct MonitorDelegate {
  /// The container as it is on file now.
  public var supervision: () throws -> Supervision
  /// What the next launch is made from.
  public var creation: () throws -> CreateOptions
  /// Opens the log that outlives launches.
  public var openLog: () throws -> ContainerLog
  /// Something happened, with what belongs to it: `die` and `exitCode`.
  public var event: (_ action: String, _ attributes: [(name: String, value: String)]) -> Void
  /// The container was changed while its payload runs: what can change in it does.
  public var changed: (LaunchedProcess) throws -> Void
  /// What is to work in the monitor's loop as long as the payload runs.
  package var services: () -> [any LoopService]
  /// The payload has ended, or was never launched: what was made for it alone can go.
  public var ended: () -> Void
  /// Nothing follows: what was kept from launch to launch can go.
  public var finished: () -> Void
  /// Removes the container from the machine.
  public var remove: () -> Void
  /// An error of a launch, as a person is told it.
  public var told: (Error) -> Error

  package init(
    supervision: @escaping () throws -> Supervision, creation: @escaping () throws -> CreateOptions,
    openLog: @escaping () throws -> ContainerLog,
    event: @escaping (String, [(name: String, value: String)]) -> Void,
    changed: @escaping (LaunchedProcess) throws -> Void, services: @escaping () -> [any LoopService],
    ended: @escaping () -> Void, finished: @escaping () -> Void,
    remove: @escaping () -> Void,
    told: @escaping (Error) -> Error
  ) {
    self.supervision = supervision
    self.creation = creation
    self.openLog = openLog
    self.event = event
    self.changed = changed
    self.services = services
    self.ended = ended
    self.finished = finished
    self.remove = remove
    self.told = told
  }
}

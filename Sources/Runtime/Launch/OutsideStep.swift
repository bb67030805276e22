/// A step of a launch that whoever asked for it does from outside, once the container's namespaces are there: the
/// runtime knows when, and not what. Its network, say.
public struct OutsideStep: Equatable, Sendable {
  /// What it does, as a verb phrase.
  public var words: String
  /// Why, and why now.
  public var reason: String
  /// What a person could type; `$PID` is the init.
  public var shell: String?

  public init(words: String, reason: String, shell: String? = nil) {
    self.words = words
    self.reason = reason
    self.shell = shell
  }
}

/// Such steps with what they do, for a container whose init is that process.
public struct OutsideSteps {
  public typealias Action = (_ init: LaunchedProcess, KernelCallListener) throws -> Void

  public private(set) var steps: [OutsideStep] = []
  private var actions: [Action] = []

  public init() {}

  public mutating func add(_ step: OutsideStep, _ action: @escaping Action) {
    steps.append(step)
    actions.append(action)
  }

  func perform(_ step: OutsideStep, _ process: LaunchedProcess, _ listener: KernelCallListener) throws {
    guard let index = steps.firstIndex(of: step) else { preconditionFailure("a step of somebody else's") }
    try actions[index](process, listener)
  }
}

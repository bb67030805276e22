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

/// Does an outside step for a container whose init is that process.
public typealias OutsideAction = (_ init: LaunchedProcess, KernelCallListener) throws -> Void

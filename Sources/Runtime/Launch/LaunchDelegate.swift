/// What the world around a launch contributes at the moments the plan names.
public struct LaunchDelegate {
  /// Told of each kernel call that matters, as it happens; nil where nobody listens, which is faster.
  public var observe: ((LaunchEvent) -> Void)?
  /// Given the master of the container's terminal, which it owns from then on.
  public var receiveConsole: (CInt, KernelCallListener) throws -> Void
  /// Given the seccomp notification descriptor, which is closed behind it.
  public var receiveListener: (CInt, LaunchedProcess, KernelCallListener) throws -> Void
  /// Given what the container's unit of systemd is known by, as soon as it is there.
  public var recordUnit: (UnitStart, KernelCallListener) throws -> Void
  /// Called when the container exists and waits: its state is written now.
  public var recordCreated: (LaunchedProcess, KernelCallListener) throws -> Void
  /// Does the steps from outside.
  public var outside: OutsideSteps
  /// The state that a hook is given.
  public var hookState: (HookKind, LaunchedProcess) -> [UInt8]

  public init() {
    observe = nil
    receiveConsole = { _, _ in throw Failure("hand over the terminal", reason: "nobody takes it") }
    receiveListener = { _, _, _ in
      throw Failure("hand over the seccomp listener", "linux.seccomp.listenerPath", reason: "missing")
    }
    recordUnit = { _, _ in }
    recordCreated = { _, _ in }
    outside = OutsideSteps()
    hookState = { _, _ in [] }
  }
}

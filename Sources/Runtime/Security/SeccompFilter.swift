/// A compiled system call filter, ready for seccomp(2).
public struct SeccompFilter: Equatable, Sendable {
  /// The program: an array of `struct sock_filter`, 8 bytes each, in the machine's byte order; at most
  /// `maximumInstructions` of them.
  public var program: [UInt8]
  /// The flags for `SECCOMP_SET_MODE_FILTER`, `SECCOMP_FILTER_FLAG_NEW_LISTENER` among them where needed.
  public var flags: UInt32
  /// Whether loading the filter yields a notification descriptor that has to go to `listenerPath`.
  public var needsListener: Bool
  /// The Unix socket of the agent that answers notifications.
  public var listenerPath: String?
  /// What to tell the agent beside the container's state.
  public var listenerMetadata: String?

  public init(
    program: [UInt8], flags: UInt32 = 0, needsListener: Bool = false, listenerPath: String? = nil,
    listenerMetadata: String? = nil
  ) {
    self.program = program
    self.flags = flags
    self.needsListener = needsListener
    self.listenerPath = listenerPath
    self.listenerMetadata = listenerMetadata
  }

  /// The kernel's `BPF_MAXINSNS`.
  public static let maximumInstructions = 4096
  /// The size of a `struct sock_filter` in bytes.
  public static let instructionSize = 8

  /// The compiler's revision. Raise it with every change to what is compiled from the same configuration:
  /// it is what makes cached filters of an older release stale.
  static let revision: UInt32 = 2
}

extension SeccompFilter {
  /// `SECCOMP_FILTER_FLAG_LOG`: log what is not allowed. Source: seccomp(2).
  public static let flagLog: UInt32 = 1 << 1
  /// `SECCOMP_FILTER_FLAG_SPEC_ALLOW`: leave the speculative store bypass mitigation off.
  public static let flagSpecAllow: UInt32 = 1 << 2
  /// `SECCOMP_FILTER_FLAG_NEW_LISTENER`: the call returns a notification descriptor.
  public static let flagNewListener: UInt32 = 1 << 3
  /// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`: only fatal signals interrupt a call that was notified.
  public static let flagWaitKillableReceive: UInt32 = 1 << 5
}

extension SeccompFilter {
  /// The version of the library that compiles filters, as in `2.5.4`.
  public static var libraryVersion: String { SeccompContext.libraryVersion }
}

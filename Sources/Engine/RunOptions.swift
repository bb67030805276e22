/// What a person says to `run`, checked for its form only.
public struct RunOptions: Sendable {
  public enum Network: String, Sendable { case none, host }

  /// A root file system's folder, or a bundle's.
  public var image: String
  public var command: [String] = []
  public var name: String?
  public var removesItself = false
  public var interactive = false
  public var terminal = false
  /// `NAME=VALUE`, or `NAME` for the caller's value.
  public var environment: [String] = []
  public var mounts: [MountFlag] = []
  public var workingFolder: String?
  public var user: String?
  public var hostname: String?
  public var readOnly = false
  public var limits = ResourceLimits()
  public var addedCapabilities: [String] = []
  public var droppedCapabilities: [String] = []
  public var privileged = false
  /// Where nothing is said, a rootfs gets a network of its own and a bundle what it asks for.
  public var network: Network?
  /// Run the payload below a small first process.
  public var initProcess = false
  /// Rows and columns of the caller's terminal.
  public var consoleSize: (rows: UInt, columns: UInt)?

  public init(image: String) { self.image = image }
}

/// Limits as people state them.
public struct ResourceLimits: Sendable, Equatable {
  /// Bytes.
  public var memory: Int64?
  /// Bytes of memory and swap together, -1 for no limit.
  public var memorySwap: Int64?
  /// Processors, as in 1.5.
  public var cpus: Double?
  /// A list as in `0-2,4`.
  public var cpuset: String?
  /// -1 for no limit.
  public var pids: Int64?

  public init() {}
}

import Runtime

/// What a layer may ask for: an archive of a few bytes can stand for a full disk.
public struct UnpackLimits: Sendable {
  /// Without compression, in bytes; holes in files count as well.
  public var bytes: Int64 = 256 << 30
  public var entries = 10_000_000
  /// Of a whole name, in bytes; the kernel takes none that is longer.
  public var nameLength = 4095
  public var depth = 1000
  /// How many bytes one compressed byte may stand for, once there are `ratioBytes`: gzip reaches 1032, zstd much more.
  public var ratio: Int64 = 2000
  public var ratioBytes: Int64 = 1 << 30
  /// What is remembered of folders, in bytes of memory.
  public var memory = 256 << 20

  public init() {}

  func check(unpacked: Int64, packed: Int64, _ name: String) throws(Failure) {
    if unpacked > bytes { throw Failure("unpack", name, reason: "larger than \(bytes) bytes") }
    if unpacked > ratioBytes, unpacked / ratio > packed {
      throw Failure("unpack", name, reason: "\(packed) bytes stand for more than \(ratio) times as many")
    }
  }
}

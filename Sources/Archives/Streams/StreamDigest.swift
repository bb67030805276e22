import struct Crypto.SHA256
import OCISpec

/// The SHA-256 of bytes that come one after another, and how many they are.
public struct StreamDigest {
  private var hash = SHA256()
  /// The bytes so far.
  public private(set) var count: Int64 = 0

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
    count += Int64(bytes.count)
  }

  /// The digest of all bytes so far.
  public func digest() -> Digest { Digest(bytes: hash.finalize()) }

  /// The digest of bytes that are all there.
  public static func digest(of bytes: [UInt8]) -> Digest {
    var stream = StreamDigest()
    bytes.withUnsafeBytes { stream.update($0) }
    return stream.digest()
  }
}

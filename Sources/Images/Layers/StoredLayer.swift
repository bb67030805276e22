import OCISpec
import Runtime

/// A layer that is unpacked, as its `layer.json` tells.
public struct StoredLayer: Equatable, Sendable {
  public let chain: Digest
  /// Of its archive without compression.
  public let diffID: Digest
  /// Of its archive as it came.
  public let digest: Digest
  /// What its files take, in bytes.
  public let size: Int64
  /// The chain ID of the layer below; nil for the lowest.
  public let parent: Digest?

  static let version = 1

  static func file(_ folder: String) -> String { folder + "/layer.json" }

  static func read(_ chain: Digest, _ folder: String) throws(Failure) -> StoredLayer {
    let file = file(folder)
    let bytes = try Files.read(file, limit: 1 << 16)
    do throws(SpecError) {
      let object = try JSONDocument(bytes, name: file).root.object()
      return StoredLayer(
        chain: chain, diffID: try Digest(json: object.required("diffID")),
        digest: try Digest(json: object.required("digest")), size: try object.integer("size") ?? 0,
        parent: try object.value("parent"))
    } catch {
      throw Failure("read", file, reason: "\(error)", hint: "swiftainer system check")
    }
  }

  func json() -> [UInt8] {
    var writer = JSONWriter(.compact)
    writer.object { writer in
      writer.member("version", Self.version)
      writer.member("diffID", diffID)
      writer.member("digest", digest)
      writer.member("size", size)
      writer.member("parent", parent)
    }
    return writer.bytes
  }
}

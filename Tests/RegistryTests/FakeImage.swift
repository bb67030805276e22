import struct Crypto.SHA256
import Images
import OCISpec

@testable import Registry

/// An image in memory, and a registry's answers for it.
struct FakeImage: Sendable {
  var layers: [[UInt8]]
  var config: [UInt8]
  var manifest: [UInt8]
  var repository: String

  /// - Parameters:
  ///   - layers: bytes that nobody unpacks.
  ///   - architecture: of the configuration; any.
  init(
    _ repository: String = "box", layers: [[UInt8]] = [Array("one".utf8), Array("two".utf8)],
    architecture: String = Platform.host.architecture
  ) {
    self.repository = repository
    self.layers = layers
    let diffIDs = layers.map { "\"\(Self.digest($0 + [0]))\"" }.joined(separator: ",")
    config = Array(
      #"{"architecture":"\#(architecture)","os":"linux","rootfs":{"type":"layers","diff_ids":[\#(diffIDs)]}}"#
        .utf8)
    let list = layers.map { Self.descriptor(MediaType.layerGzip, $0) }.joined(separator: ",")
    manifest = Array(
      """
      {"schemaVersion":2,"mediaType":"\(MediaType.manifest)",\
      "config":\(Self.descriptor(MediaType.config, config)),"layers":[\(list)]}
      """.utf8)
  }

  static func digest(_ bytes: [UInt8]) -> Digest { Digest(bytes: SHA256.hash(data: bytes)) }

  static func descriptor(_ type: String, _ bytes: [UInt8], platform: String? = nil) -> String {
    let words = platform?.split(separator: "/")
    let platform = words.map { #","platform":{"os":"\#($0[0])","architecture":"\#($0[1])"}"# } ?? ""
    return #"{"mediaType":"\#(type)","digest":"\#(digest(bytes))","size":\#(bytes.count)\#(platform)}"#
  }

  static func blob(_ bytes: [UInt8], _ type: String = MediaType.layerGzip) -> Descriptor {
    Descriptor(mediaType: type, digest: digest(bytes), size: Int64(bytes.count))
  }

  var blobs: [Digest: [UInt8]] {
    Dictionary((layers + [config]).map { (Self.digest($0), $0) }) { first, _ in first }
  }

  /// What a registry that has it answers; 404 for all else.
  func answer(_ request: FakeRequest) -> FakeAnswer {
    if request.path == "/v2/" { return .status(200) }
    let prefix = "/v2/\(repository)/"
    guard request.path.hasPrefix(prefix) else { return .error(404, "NAME_UNKNOWN", "no such name") }
    let rest = request.path.dropFirst(prefix.utf8.count)
    if rest == "manifests/latest" || rest == "manifests/\(Self.digest(manifest))" {
      return FakeAnswer(
        headers: [
          ("Content-Type", MediaType.manifest), ("Docker-Content-Digest", "\(Self.digest(manifest))"),
        ], body: manifest)
    }
    if rest.hasPrefix("blobs/"), let digest = Digest(rest.dropFirst(6)), let bytes = blobs[digest] {
      return Self.part(bytes, request)
    }
    return rest.hasPrefix("manifests/")
      ? .error(404, "MANIFEST_UNKNOWN", "manifest unknown") : .error(404, "BLOB_UNKNOWN", "blob unknown")
  }

  /// A blob, or the range of it that is asked for.
  static func part(_ bytes: [UInt8], _ request: FakeRequest) -> FakeAnswer {
    guard let range = request.headers.first(name: "Range"), range.hasPrefix("bytes="), range.hasSuffix("-"),
      let start = Int(range.dropFirst(6).dropLast())
    else { return FakeAnswer(body: bytes) }
    return FakeAnswer(
      status: 206, headers: [("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)")],
      body: Array(bytes[start...]))
  }
}

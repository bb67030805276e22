import Glibc
import OCISpec
import Runtime

/// A folder that outlives containers: `volumes/NAME`, with what is said of it in `volume.json` and its content in
/// `_data`.
public struct Volume: Sendable, Equatable {
  public let name: String
  /// RFC 3339.
  public let created: String
  public let labels: [String: String]
  /// `type`, `device` and `o`: what is mounted on its content while it is used; empty for nothing.
  public let options: [String: String]
  /// Its own folder; absolute.
  let folder: String

  /// The one kind that there is.
  public static let driver = "local"
  /// The label of those that nobody has named. Docker's own, since scripts look for it.
  public static let anonymousLabel = "com.docker.volume.anonymous"
  static let version = 1

  /// Where its content is; absolute.
  public var mountpoint: String { folder + "/_data" }
  /// What its files take, in bytes.
  public var size: Int64 { DiskUsage.bytes(in: mountpoint) }
  public var isAnonymous: Bool { labels[Self.anonymousLabel] != nil }
  static func file(_ folder: String) -> String { folder + "/volume.json" }

  static func read(_ name: String, _ folder: String) throws -> Volume {
    let file = file(folder)
    let object = try JSONDocument(Files.read(file), name: file).root.object()
    let version: Int = try object.integer("version") ?? 1
    guard version <= Self.version else {
      throw Failure("read", file, reason: "it is of a later version of swiftainer", hint: "use that")
    }
    return Volume(
      name: name, created: try object.string("created") ?? "", labels: try object.stringDictionary("labels"),
      options: try object.stringDictionary("options"), folder: folder)
  }

  func write(to folder: String) throws(Failure) {
    var writer = JSONWriter(.compact)
    writer.object { writer in
      writer.member("version", Self.version)
      writer.member("name", name)
      writer.member("created", created)
      writer.member("labels", labels)
      writer.member("options", options)
    }
    try Files.replace(Self.file(folder), writer.bytes)
  }

  func event(_ action: String, _ attributes: [(name: String, value: String)] = []) -> EngineEvent {
    EngineEvent(
      type: "volume", action: action, actor: name,
      attributes: attributes + [(name: "driver", value: Self.driver)])
  }
}

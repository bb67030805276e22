import OCISpec
import Runtime

/// What makes a network's devices.
public enum NetworkDriver: String, CaseIterable, Sendable {
  case bridge
  /// The host's own network.
  case host
  /// No network but a loopback device.
  case null
}

/// A network as it was asked for: `networks/NAME/network.json`.
public struct StoredNetwork: Equatable, Sendable {
  public let name: String
  /// 64 hexadecimal digits.
  public let id: String
  /// RFC 3339; empty for one that has not been made yet.
  public let created: String
  public let driver: NetworkDriver
  /// At most one of each kind of IP; one of IPv4 at least, but for `host` and `none`.
  public let subnets: [NetworkSubnet]
  /// Whether it leads nowhere else.
  public let isInternal: Bool
  public let usesIPv6: Bool
  public let labels: [String: String]
  /// What was said to the driver: see `BridgeOptions`.
  public let options: [String: String]
  /// The name of its bridge; empty where there is none.
  public let bridgeName: String
  /// Its own folder; absolute.
  public let folder: String

  static let version = 1

  /// The name of the network that a container is in where none is said.
  public static let usualName = "bridge"

  public var isUsual: Bool { name == Self.usualName }
  /// Whether it is there on every machine.
  public var isPredefined: Bool { Networks.isPredefined(name) }
  public var ip4: NetworkSubnet? { subnets.first { !$0.subnet.isV6 } }
  public var ip6: NetworkSubnet? { subnets.first { $0.subnet.isV6 } }
  /// In bytes; nil for what the kernel takes by itself.
  public var mtu: Int? { options[BridgeOptions.mtu].flatMap { Int($0) } }
  /// The first digits of the ID, as they are shown.
  public var shortID: String { String(id.prefix(12)) }

  static func file(_ folder: String) -> String { folder + "/network.json" }

  static func read(_ name: String, _ folder: String) throws -> StoredNetwork {
    let file = file(folder)
    return try Damage.naming(file, hint: "with no container on the network its folder can be removed") {
      try read(name, folder, file)
    }
  }

  private static func read(_ name: String, _ folder: String, _ file: String) throws -> StoredNetwork {
    let object = try JSONDocument(Files.read(file), name: "the document").root.object()
    let version: Int = try object.integer("version") ?? 1
    guard version <= Self.version else {
      throw Failure("read", file, reason: "it is of a later version of swiftainer", hint: "use that")
    }
    return StoredNetwork(
      name: name, id: try object.required("id").string(), created: try object.string("created") ?? "",
      driver: .bridge, subnets: try object.list("subnets"), isInternal: try object.bool("internal") ?? false,
      usesIPv6: try object.bool("ipv6") ?? false, labels: try object.stringDictionary("labels"),
      options: try object.stringDictionary("options"), bridgeName: try object.required("bridge").string(),
      folder: folder)
  }

  func write(to folder: String) throws(Failure) {
    var writer = JSONWriter(.compact)
    writer.object { writer in
      writer.member("version", Self.version)
      writer.member("name", name)
      writer.member("id", id)
      writer.member("created", created)
      writer.member("subnets", subnets)
      writer.member("internal", isInternal ? true : nil)
      writer.member("ipv6", usesIPv6 ? true : nil)
      writer.member("labels", labels)
      writer.member("options", options)
      writer.member("bridge", bridgeName)
    }
    try Files.replace(Self.file(folder), writer.bytes)
  }
}

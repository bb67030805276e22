import Networking
import OCISpec
import Runtime

/// A network that a container is to be in, and what it is to have there.
public struct NetworkWish: Equatable, Sendable {
  /// The network's name, its ID or the beginning of one.
  public var name: String
  /// Further names in the network.
  public var aliases: [String] = []
  public var ip4: IPv4Address?
  public var ip6: IPv6Address?
  public var mac: HardwareAddress?

  public init(_ name: String) { self.name = name }

  /// Whether it is the one that a container is in where none is said.
  public var isUsual: Bool { name == StoredNetwork.usualName }

  /// `NAME`, or `name=NAME,alias=…,ip=…,ip6=…,mac-address=…`, as `--network` takes it. Nil where it is no such
  /// network but `none`, `host` or another container's: these have a word alone.
  ///
  /// Source: `NetworkOpt` in opts/network.go of docker/cli.
  public init(flag text: String) throws(Failure) {
    func refuse(_ reason: String, hint: String? = nil) -> Failure {
      Failure("--network", text, reason: reason, hint: hint)
    }
    guard text.contains("=") else {
      self.init(Self.name(text))
      if text.isEmpty {
        throw refuse("not a network", hint: "a network's name, none, host or container:NAME")
      }
      return
    }
    self.init("")
    for field in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2, !pair[0].isEmpty else { throw refuse("invalid field \(field)") }
      switch pair[0].lowercased() {
      case "name": name = Self.name(pair[1])
      case "alias": aliases.append(try Self.alias(pair[1], flag: "--network", text))
      case "ip": ip4 = try Self.address(pair[1], "an IPv4 address", refuse) { IPv4Address($0) }
      case "ip6": ip6 = try Self.address(pair[1], "an IPv6 address", refuse) { IPv6Address($0) }
      case "mac-address": mac = try Self.address(pair[1], "a device's address", refuse) { Self.mac($0) }
      case "driver-opt", "link-local-ip", "gw-priority": throw refuse("\(pair[0]) is not supported")
      default: throw refuse("invalid field key \(pair[0])", hint: "name, alias, ip, ip6, mac-address")
      }
    }
    if name.isEmpty { throw refuse("network name/id is not specified") }
  }

  /// Throws where a network is named twice.
  static func checkDistinct(_ wishes: [NetworkWish]) throws(Failure) {
    for (index, wish) in wishes.enumerated() where wishes[..<index].contains(where: { $0.name == wish.name })
    {
      throw Failure("network \"\(wish.name)\" is specified multiple times")
    }
  }

  private static func name(_ text: String) -> String { text == "default" ? StoredNetwork.usualName : text }

  /// A further name, as `--network-alias` takes it.
  public static func alias(_ text: String, flag: String, _ whole: String) throws(Failure) -> String {
    if text.isEmpty || text.contains(where: { $0.isWhitespace || $0 == "," }) {
      throw Failure(flag, whole, reason: "'\(text)' is no name")
    }
    return text
  }

  /// The address of a device that one may have.
  public static func mac(_ text: String) -> HardwareAddress? {
    HardwareAddress(text).flatMap { $0.isUsable ? $0 : nil }
  }

  private static func address<T>(
    _ text: String, _ kind: String, _ refuse: (String, String?) -> Failure, _ parse: (String) -> T?
  ) throws(Failure) -> T {
    guard let address = parse(text) else { throw refuse("'\(text)' is not \(kind)", nil) }
    return address
  }
}

extension NetworkMode {
  /// What `--network` says, however often it is given, and what the flags for the first network say. Words are
  /// Docker's.
  ///
  /// Source: `parseNetworkOpts` in cli/command/container/opts.go of docker/cli.
  public init?(networks words: [String], flags: NetworkWish) throws(Failure) {
    var wishes: [NetworkWish] = []
    for word in words { wishes.append(try NetworkWish(flag: word)) }
    let hasFlags = flags != NetworkWish(flags.name)
    if wishes.isEmpty {
      if !hasFlags { return nil }
      wishes = [NetworkWish(StoredNetwork.usualName)]
    }
    try Self.add(flags, to: &wishes[0])
    try NetworkWish.checkDistinct(wishes)
    for wish in wishes {
      if wishes.count > 1, !Self.isMade(wish.name) {
        throw Failure(
          "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
          hint: wish.name)
      }
      try Self.check(wish)
    }
    guard let mode = NetworkMode(word: wishes[0].name) else {
      throw Failure(
        "--network", wishes[0].name, reason: "not a network",
        hint: "a network's name, none, host or container:NAME")
    }
    if case .networks = mode { self = .networks(wishes) } else { self = mode }
  }

  /// Whether it is a network that people make.
  private static func isMade(_ name: String) -> Bool {
    !Networks.isPredefined(name) && !name.hasPrefix("container:")
  }

  private static func add(_ flags: NetworkWish, to wish: inout NetworkWish) throws(Failure) {
    func refuse(_ both: Bool, _ text: String) throws(Failure) {
      if both { throw Failure("conflicting options: cannot specify both " + text) }
    }
    try refuse(
      !flags.aliases.isEmpty && !wish.aliases.isEmpty, "--network-alias and per-network alias")
    try refuse(flags.ip4 != nil && wish.ip4 != nil, "--ip and per-network IPv4 address")
    try refuse(flags.ip6 != nil && wish.ip6 != nil, "--ip6 and per-network IPv6 address")
    try refuse(flags.mac != nil && wish.mac != nil, "--mac-address and per-network MAC address")
    wish.aliases += flags.aliases
    wish.ip4 = wish.ip4 ?? flags.ip4
    wish.ip6 = wish.ip6 ?? flags.ip6
    wish.mac = wish.mac ?? flags.mac
  }

  private static func check(_ wish: NetworkWish) throws(Failure) {
    if isMade(wish.name) { return }
    if !wish.aliases.isEmpty {
      throw Failure("network-scoped alias is supported only for containers in user defined networks")
    }
    if wish.ip4 != nil || wish.ip6 != nil {
      throw Failure("user specified IP address is supported on user defined networks only")
    }
    if wish.mac != nil && !wish.isUsual {
      throw Failure("conflicting options: mac-address and the network mode", hint: wish.name)
    }
  }
}

extension NetworkWish: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init(try object.required("name").string())
    aliases = try object.strings("aliases")
    ip4 = try Self.parsed(object, "ip4") { IPv4Address($0) }
    ip6 = try Self.parsed(object, "ip6") { IPv6Address($0) }
    mac = try Self.parsed(object, "mac") { HardwareAddress($0) }
  }

  private static func parsed<T>(
    _ object: JSONObject, _ name: StaticString, _ parse: (String) -> T?
  ) throws(SpecError) -> T? {
    guard let text = try object.string(name) else { return nil }
    if let value = parse(text) { return value }
    throw try object.required(name).error("is no address")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
      writer.member("aliases", aliases)
      writer.member("ip4", ip4?.description)
      writer.member("ip6", ip6?.description)
      writer.member("mac", mac?.description)
    }
  }
}

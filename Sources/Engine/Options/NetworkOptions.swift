import Network
import OCISpec
import Runtime

/// What is said of a container's network.
public struct NetworkOptions: Equatable, Sendable {
  /// Where nothing is said, a rootfs gets a network of its own and a bundle what it asks for.
  public var mode: NetworkMode?
  /// Further names in the network.
  public var aliases: [String] = []
  public var ip4: String?
  public var ip6: String?
  public var mac: String?
  /// Addresses of name servers; empty: the host's.
  public var dns: [String] = []
  public var dnsSearch: [String] = []
  public var dnsOptions: [String] = []
  /// Lines for /etc/hosts.
  public var hosts: [HostEntry] = []
  public var exposed: [ContainerPort] = []
  public var published: [PublishedPort] = []
  public var publishesAll = false

  public init() {}
}

/// Which network a container is in.
public enum NetworkMode: Word {
  /// `none`: nothing but a loopback device.
  case loopback
  case host
  /// Another container's, by name or ID.
  case container(String)
  case named(String)

  public init?(word: String) {
    switch word {
    case "": return nil
    case "none": self = .loopback
    case "host": self = .host
    case _ where word.hasPrefix("container:"):
      if word.utf8.count == 10 { return nil }
      self = .container(String(word.dropFirst(10)))
    default: self = .named(word)
    }
  }

  public var word: String {
    switch self {
    case .loopback: "none"
    case .host: "host"
    case .container(let name): "container:" + name
    case .named(let name): name
    }
  }
}

/// A line for /etc/hosts.
public struct HostEntry: Equatable, Sendable {
  public var name: String
  /// An address, or `host-gateway` for the host as the container sees it.
  public var address: String

  public static let gateway = "host-gateway"

  public init(name: String, address: String) {
    self.name = name
    self.address = address
  }

  /// `NAME:ADDRESS` or `NAME=ADDRESS` of `--add-host`.
  public init(_ text: String) throws(Failure) {
    guard let end = text.firstIndex(of: "=") ?? text.firstIndex(of: ":"), end != text.startIndex else {
      throw Failure("--add-host", text, reason: "not NAME:ADDRESS")
    }
    var address = String(text[text.index(after: end)...])
    if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
    name = String(text[..<end])
    if name.contains(where: \.isWhitespace) { throw Failure("--add-host", text, reason: "a space in a name") }
    guard address == Self.gateway || IPAddress(address) != nil else {
      throw Failure("--add-host", text, reason: "'\(address)' is no IP address and not \(Self.gateway)")
    }
    self.address = address
  }
}

extension NetworkOptions: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init()
    mode = try object.word("mode")
    aliases = try object.strings("aliases")
    ip4 = try object.string("ip4")
    ip6 = try object.string("ip6")
    mac = try object.string("mac")
    dns = try object.strings("dns")
    dnsSearch = try object.strings("dnsSearch")
    dnsOptions = try object.strings("dnsOptions")
    hosts = try object.list("hosts")
    exposed = try object.list("exposed")
    published = try object.list("published")
    publishesAll = try object.flag("publishesAll")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("mode", word: mode)
      writer.member("aliases", aliases)
      writer.member("ip4", ip4)
      writer.member("ip6", ip6)
      writer.member("mac", mac)
      writer.member("dns", dns)
      writer.member("dnsSearch", dnsSearch)
      writer.member("dnsOptions", dnsOptions)
      writer.member("hosts", hosts)
      writer.member("exposed", exposed)
      writer.member("published", published)
      writer.member("publishesAll", flag: publishesAll)
    }
  }
}

extension HostEntry: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(name: object.required("name").string(), address: object.required("address").string())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
      writer.member("address", address)
    }
  }
}

import Networking
import OCISpec
import Runtime

/// What is said of a container's network.
public struct NetworkOptions: Equatable, Sendable {
  /// Where nothing is said, a rootfs gets a network of its own and a bundle what it asks for.
  public var mode: NetworkMode?
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

  /// The networks that it is to be in.
  public var networks: [NetworkWish] {
    if case .networks(let wishes)? = mode { wishes } else { [] }
  }
}

/// Which network a container is in.
public enum NetworkMode: Word {
  /// `none`: nothing but a loopback device.
  case loopback
  case host
  /// Another container's, by name or ID.
  case container(String)
  /// Networks that are made. Of one that has left all of them there is a loopback device alone.
  case networks([NetworkWish])

  public init?(word: String) {
    switch word {
    case "": return nil
    case "none": self = .loopback
    case "host": self = .host
    case _ where word.hasPrefix("container:"):
      if word.utf8.count == 10 { return nil }
      self = .container(String(word.dropFirst(10)))
    // Another word for the same network.
    case "default": self = .networks([NetworkWish(StoredNetwork.usualName)])
    default: self = .networks([NetworkWish(word)])
    }
  }

  /// Of several networks the first one's name.
  public var word: String {
    switch self {
    case .loopback: "none"
    case .host: "host"
    case .container(let name): "container:" + name
    case .networks(let wishes): wishes.first?.name ?? ""
    }
  }
}

extension NetworkOptions: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init()
    mode = try object.word("mode")
    if object["networks"] != nil { mode = .networks(try object.list("networks")) }
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
      // Of networks each is told by itself, and there may be none left: that is another thing than that nothing is said.
      if case .networks(let wishes)? = mode {
        writer.name("networks")
        writer.array { writer in for wish in wishes { wish.write(to: &writer) } }
      } else {
        writer.member("mode", word: mode)
      }
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

import Networking
import Runtime

/// The files by which a container knows names: /etc/hosts, /etc/hostname and /etc/resolv.conf.
public struct NetworkFiles: Equatable, Sendable {
  public static let names = ["hosts", "hostname", "resolv.conf"]

  public var hosts: String
  public var hostname: String
  public var resolver: String

  /// What the host's own files say.
  public struct Host: Equatable, Sendable {
    public var hosts: String
    public var resolver: String
    /// The resolver's configuration behind a local one, where there is that.
    public var upstream: String?

    public init(hosts: String, resolver: String, upstream: String? = nil) {
      self.hosts = hosts
      self.resolver = resolver
      self.upstream = upstream
    }

    /// Reads them; what is not there is empty.
    public static func read() -> Host {
      func text(_ path: String) -> String? {
        (try? Files.read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
      }
      return Host(
        hosts: text("/etc/hosts") ?? "", resolver: text("/etc/resolv.conf") ?? "",
        upstream: text("/run/systemd/resolve/resolv.conf"))
    }
  }

  /// The contents for a container.
  ///
  /// - Parameters:
  ///   - hostname: what it calls itself.
  ///   - domainname: the domain of that name.
  ///   - addresses: its own; empty where it has but a loopback device.
  ///   - gateway: the host as the container sees it, for `--add-host NAME:host-gateway`.
  ///   - hasNames: it asks a server of ours for names.
  public init(
    _ network: NetworkOptions, hostname: String, domainname: String? = nil, addresses: [String] = [],
    gateway: String? = nil, hasNames: Bool = false, host: Host
  ) throws(Failure) {
    let isHosts = network.mode == .host
    let gateway = gateway ?? (isHosts ? "127.0.0.1" : nil)
    self.hostname = hostname + "\n"
    var lines = isHosts ? host.hosts : Self.standard
    if !lines.isEmpty && !lines.hasSuffix("\n") { lines += "\n" }
    for entry in network.hosts {
      guard let address = entry.address == HostEntry.gateway ? gateway : entry.address else {
        throw Failure(
          "--add-host", "\(entry.name):\(entry.address)", reason: "this network does not lead to the host",
          hint: "give an address")
      }
      lines += "\(address)\t\(entry.name)\n"
    }
    if !isHosts {
      let names = Self.ownNames(network, hostname: hostname, domainname: domainname)
      for address in addresses.isEmpty ? ["127.0.0.1"] : addresses { lines += "\(address)\t\(names)\n" }
    }
    hosts = lines
    resolver = hasNames ? Self.ownResolver(network, host) : Self.resolver(network, host)
  }

  /// What stands behind a container's own addresses in its /etc/hosts.
  static func ownNames(_ network: NetworkOptions, hostname: String, domainname: String?) -> String {
    ((domainname.map { ["\(hostname).\($0)"] } ?? []) + [hostname] + network.networks.flatMap(\.aliases))
      .joined(separator: " ")
  }

  private static let standard = """
    127.0.0.1\tlocalhost
    ::1\tlocalhost ip6-localhost ip6-loopback
    fe00::\tip6-localnet
    ff00::\tip6-mcastprefix
    ff02::1\tip6-allnodes
    ff02::2\tip6-allrouters

    """

  private static func resolver(_ network: NetworkOptions, _ host: Host) -> String {
    let isSaid = !network.dns.isEmpty || !network.dnsSearch.isEmpty || !network.dnsOptions.isEmpty
    if network.mode == .host && !isSaid { return host.resolver }
    var servers = values(host.resolver, "nameserver")
    // A name server on the host's loopback device is out of reach: the ones behind it are not.
    if network.mode != .host {
      if let upstream = host.upstream, servers.allSatisfy(isLoopback) {
        servers = values(upstream, "nameserver")
      }
      servers.removeAll(where: isLoopback)
    }
    if !network.dns.isEmpty { servers = network.dns }
    let search = network.dnsSearch.isEmpty ? words(host.resolver, "search") : network.dnsSearch
    let options = network.dnsOptions.isEmpty ? words(host.resolver, "options") : network.dnsOptions
    var lines = servers.map { "nameserver " + $0 }
    // A point alone says that no domain is to be searched.
    if !search.isEmpty && search != ["."] { lines.append("search " + search.joined(separator: " ")) }
    if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
    return lines.map { $0 + "\n" }.joined()
  }

  /// With the container's own name server, which asks the others itself.
  private static func ownResolver(_ network: NetworkOptions, _ host: Host) -> String {
    var network = network
    network.dns = [NameServer.address.description]
    // Names without a point are containers', and are asked for as they are.
    if network.dnsOptions.isEmpty { network.dnsOptions = words(host.resolver, "options") }
    if !network.dnsOptions.contains(where: { $0.hasPrefix("ndots:") }) {
      network.dnsOptions.append("ndots:0")
    }
    return resolver(network, host)
  }

  private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

  /// The first word after each keyword.
  private static func values(_ text: String, _ keyword: String) -> [String] {
    fields(text, keyword).compactMap { $0.first.map(String.init) }
  }

  /// The words after a keyword, which counts where it stands last.
  private static func words(_ text: String, _ keyword: String) -> [String] {
    fields(text, keyword).last?.map(String.init) ?? []
  }

  private static func fields(_ text: String, _ keyword: String) -> [[Substring]] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.prefix { $0 != "#" && $0 != ";" }.split { $0 == " " || $0 == "\t" }
      return words.first.map { $0 == keyword } == true ? Array(words.dropFirst()) : nil
    }
  }

  /// The files, in a folder.
  public func files(in folder: String) -> [NewFile] {
    zip(Self.names, [hosts, hostname, resolver]).map { NewFile(path: folder + "/" + $0, text: $1) }
  }
}

import ArgumentParser
import Engine
import Networking
import Runtime

/// How the container reaches others, and how they reach it.
struct NetworkFlags: ParsableArguments {
  @Option(
    name: [.long, .customLong("net")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A network's name, or name=NAME,alias=,ip=,ip6=,mac-address=; none, host: the host's own, or "
        + "container:NAME: another's.", valueName: "network"))
  var network: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A further name in the first network.", valueName: "name"))
  var networkAlias: [String] = []
  @Option(
    name: [.customShort("p", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A port of the host's: [[IP:]HOST:]CONTAINER[/PROTOCOL].", valueName: "port"))
  var publish: [String] = []
  @Flag(name: [.customShort("P"), .long], help: "All ports that it exposes.") var publishAll = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A port that it exposes: PORT[-PORT][/PROTOCOL].", valueName: "port"))
  var expose: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Its IPv4 address in the first network.", valueName: "address"))
  var ip: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Its IPv6 address in the first network.", valueName: "address"))
  var ip6: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Its device's address in the first network.", valueName: "address"))
  var macAddress: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A line for /etc/hosts: NAME:ADDRESS, or NAME:host-gateway.", valueName: "host"))
  var addHost: [String] = []
  @Option(
    parsing: .unconditionalSingleValue, help: ArgumentHelp("A name server.", valueName: "address"))
  var dns: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A domain to search names in; '.': none.", valueName: "domain"))
  var dnsSearch: [String] = []
  @Option(
    name: [.long, .customLong("dns-opt")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("An option for /etc/resolv.conf.", valueName: "option"))
  var dnsOption: [String] = []

  func apply(to options: inout RunOptions) throws {
    var said = NetworkOptions()
    var first = NetworkWish("")
    first.aliases = try networkAlias.map { try NetworkWish.alias($0, flag: "--network-alias", $0) }
    first.ip4 = try address(ip, "--ip", "an IPv4 address") { IPv4Address($0) }
    first.ip6 = try address(ip6, "--ip6", "an IPv6 address") { IPv6Address($0) }
    first.mac = try address(macAddress, "--mac-address", "a device's address") { NetworkWish.mac($0) }
    said.mode = try NetworkMode(networks: network, flags: first)
    said.published = try publish.flatMap { try PublishedPort.ports($0) }
    said.publishesAll = publishAll
    said.exposed = try expose.flatMap { try ContainerPort.ports($0) }
    said.hosts = try addHost.map { try HostEntry($0) }
    for text in dns { _ = try address(text, "--dns", "an IP address") { IPAddress($0) } }
    said.dns = dns
    said.dnsSearch = try dnsSearch.map { try word($0, "--dns-search") }
    said.dnsOptions = try dnsOption.map { try word($0, "--dns-option") }
    options.network = said
  }

  private func address<T>(
    _ text: String?, _ flag: String, _ kind: String, _ parse: (String) -> T?
  ) throws(Failure) -> T? {
    guard let text else { return nil }
    guard let address = parse(text) else { throw Failure(flag, text, reason: "not \(kind)") }
    return address
  }

  private func word(_ text: String, _ flag: String) throws(Failure) -> String {
    if text.isEmpty || text.contains(where: \.isWhitespace) {
      throw Failure(flag, text, reason: "not one word")
    }
    return text
  }
}

/// Whose namespaces the container uses.
struct NamespaceFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of processes: private, host or container:NAME.", valueName: "mode"))
  var pid: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Of queues and shared memory: private, shareable, none, host or container:NAME.", valueName: "mode"))
  var ipc: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of the hostname: private, host or container:NAME.", valueName: "mode"))
  var uts: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Of cgroups: private or host.", valueName: "mode"))
  var cgroupns: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Of users: host.", valueName: "mode"))
  var userns: String?

  func apply(to options: inout RunOptions) throws {
    options.namespaces.pid = try pid.map { try NamespaceMode($0, flag: "--pid") }
    options.namespaces.ipc = try ipc.map { try NamespaceMode($0, flag: "--ipc") }
    options.namespaces.uts = try uts.map { try NamespaceMode($0, flag: "--uts") }
    options.namespaces.cgroup = try cgroupns.map { try NamespaceMode($0, flag: "--cgroupns") }
    options.namespaces.user = try userns.map { try NamespaceMode($0, flag: "--userns") }
  }
}

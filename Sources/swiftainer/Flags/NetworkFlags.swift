import ArgumentParser
import Engine
import Network
import Runtime

/// How the container reaches others, and how they reach it.
struct NetworkFlags: ParsableArguments {
  @Option(
    name: [.long, .customLong("net")], parsing: .unconditional,
    help: ArgumentHelp("none, host: the host's own, or container:NAME: another's.", valueName: "network"))
  var network: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A further name in the network.", valueName: "name"))
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
  @Option(parsing: .unconditional, help: ArgumentHelp("Its IPv4 address.", valueName: "address"))
  var ip: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Its IPv6 address.", valueName: "address"))
  var ip6: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Its device's address.", valueName: "address"))
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
    if let network {
      guard let mode = NetworkMode(word: network) else {
        throw Failure(
          "--network", network, reason: "not a network", hint: "none, host or container:NAME")
      }
      said.mode = mode
    }
    said.aliases = networkAlias
    said.published = try publish.flatMap { try PublishedPort.ports($0) }
    said.publishesAll = publishAll
    said.exposed = try expose.flatMap { try ContainerPort.ports($0) }
    said.ip4 = try address(ip, "--ip", "an IPv4 address", { IPv4Address($0) != nil })
    said.ip6 = try address(ip6, "--ip6", "an IPv6 address", { IPv6Address($0) != nil })
    said.mac = try address(
      macAddress, "--mac-address", "a device's address", { HardwareAddress($0)?.isUsable == true })
    said.hosts = try addHost.map { try HostEntry($0) }
    said.dns = try dns.map { try address($0, "--dns", "an IP address", { IPAddress($0) != nil }) ?? "" }
    said.dnsSearch = try dnsSearch.map { try word($0, "--dns-search") }
    said.dnsOptions = try dnsOption.map { try word($0, "--dns-option") }
    options.network = said
  }

  private func address(
    _ text: String?, _ flag: String, _ kind: String, _ isRight: (String) -> Bool
  ) throws(Failure) -> String? {
    guard let text else { return nil }
    if !isRight(text) { throw Failure(flag, text, reason: "not \(kind)") }
    return text
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

import ArgumentParser
import Engine
import Networking
import Runtime

struct NetworkCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a network, and print its ID.")

  @Option(name: .shortAndLong, help: ArgumentHelp("The driver: bridge.", valueName: "name"))
  var driver = NetworkDriver.bridge.rawValue
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Its addresses, as in 10.10.0.0/24; else some that are free.", valueName: "subnet"))
  var subnet: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("The host's own address in the subnet; else its first.", valueName: "address"))
  var gateway: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("The part of the subnet that containers' addresses come from.", valueName: "subnet"))
  var ipRange: [String] = []
  @Flag(help: "Addresses of IPv6 as well.") var ipv6 = false
  @Flag(help: "Nothing leads out of it.") var `internal` = false
  @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("A label.", valueName: "key=value"))
  var label: [String] = []
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "com.docker.network.bridge.name: its device; com.docker.network.driver.mtu: bytes.",
      valueName: "key=value"))
  var opt: [String] = []
  @OptionGroup var foreign: ForeignNetworkFlags
  @Argument(help: ArgumentHelp("Its name.", valueName: "name")) var name: String

  func run() throws {
    try foreign.refuse()
    if driver != NetworkDriver.bridge.rawValue {
      throw Failure("create \(name)", reason: "no driver \"\(driver)\"", hint: "there is bridge")
    }
    var request = NetworkRequest(name: name)
    request.subnets = subnet
    request.gateways = gateway
    request.ranges = ipRange
    request.usesIPv6 = ipv6
    request.isInternal = `internal`
    for word in label {
      let (name, value) = try KeyValue.label(word)
      request.labels[name] = value
    }
    for word in opt {
      let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      request.options[pair[0]] = pair.count == 2 ? pair[1] : ""
    }
    print(try EngineNetworks().create(request).id)
  }
}

/// Docker's flags for what is no network of one machine: refused by their names.
struct ForeignNetworkFlags: ParsableArguments {
  @Flag(help: .hidden) var attachable = false
  @Flag(help: .hidden) var ingress = false
  @Flag(help: .hidden) var configOnly = false
  @Option(help: .hidden) var configFrom: String?
  @Option(help: .hidden) var scope: String?
  @Option(help: .hidden) var ipamDriver: String?
  @Option(parsing: .unconditionalSingleValue, help: .hidden) var ipamOpt: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .hidden) var auxAddress: [String] = []

  func refuse() throws(Failure) {
    let several = "it is for networks of several machines"
    let all: [(isGiven: Bool, flag: String, hint: String?)] = [
      (attachable, "--attachable", several), (ingress, "--ingress", several),
      (configOnly, "--config-only", several), (configFrom != nil, "--config-from", several),
      (scope.map { $0 != StoredNetwork.scope } ?? false, "--scope", "there is \(StoredNetwork.scope)"),
      (ipamDriver.map { $0 != "default" } ?? false, "--ipam-driver", "there is default"),
      (!ipamOpt.isEmpty, "--ipam-opt", nil), (!auxAddress.isEmpty, "--aux-address", "see --ip-range"),
    ]
    if let one = all.first(where: \.isGiven) {
      throw Failure(one.flag, reason: "not supported", hint: one.hint)
    }
  }
}

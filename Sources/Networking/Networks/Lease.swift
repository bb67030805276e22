import OCISpec
import Runtime

/// What a container has in a network: its addresses, its names and its published ports.
public struct Lease: Equatable, Sendable {
  /// The container's ID.
  public var container: String
  public var name: String
  /// What it calls itself; nil where it has no name of its own.
  public var hostname: String?
  /// Further names in this network.
  public var aliases: [String] = []
  public var ip4: IPv4Address?
  public var ip6: IPv6Address?
  public var hardwareAddress: HardwareAddress
  /// The host's end of the pair of devices.
  public var hostDevice: String
  public var ports: [PortBinding] = []

  public init(container: String, name: String, hardwareAddress: HardwareAddress, hostDevice: String) {
    self.container = container
    self.name = name
    self.hardwareAddress = hardwareAddress
    self.hostDevice = hostDevice
  }

  /// What tells this container in this network from all others: 64 hexadecimal digits.
  public func endpointID(in network: StoredNetwork) -> String {
    DerivedID.of(network.id, container)
  }
}

/// What a container wants in a network.
public struct LeaseRequest: Equatable, Sendable {
  /// The container's ID.
  public var container: String
  public var name: String
  public var hostname: String?
  public var aliases: [String] = []
  /// Addresses that it must get.
  public var ip4: IPv4Address?
  public var ip6: IPv6Address?
  public var hardwareAddress: HardwareAddress?
  /// Addresses that it had before: it gets them where nobody else has.
  public var former4: IPv4Address?
  public var former6: IPv6Address?
  public var ports: [PortBinding] = []

  public init(container: String, name: String) {
    self.container = container
    self.name = name
  }

  /// A name of 15 letters for the host's end of a pair of devices.
  public static func randomDevice() -> String { "veth" + RandomID.make().prefix(11) }
}

extension Lease: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    container = try object.required("container").string()
    name = try object.string("name") ?? ""
    hostname = try object.string("hostname")
    aliases = try object.strings("aliases")
    ip4 = try object.parsed("ip4", "an IPv4 address") { IPv4Address($0) }
    ip6 = try object.parsed("ip6", "an IPv6 address") { IPv6Address($0) }
    let mac = try object.required("mac")
    guard let address = HardwareAddress(try mac.string()) else {
      throw mac.error("must be a device's address")
    }
    hardwareAddress = address
    hostDevice = try object.required("device").string()
    ports = try object.list("ports")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("container", container)
      writer.member("name", name)
      writer.member("hostname", hostname)
      writer.member("aliases", aliases)
      writer.member("ip4", ip4?.description)
      writer.member("ip6", ip6?.description)
      writer.member("mac", hardwareAddress.description)
      writer.member("device", hostDevice)
      writer.member("ports", ports)
    }
  }
}

extension JSONObject {
  /// A value that is written as a string; nil where it is absent.
  func parsed<T>(_ name: StaticString, _ kind: String, _ parse: (String) -> T?) throws(SpecError) -> T? {
    guard let text = try string(name) else { return nil }
    if let value = parse(text) { return value }
    throw try required(name).error("must be \(kind)")
  }
}

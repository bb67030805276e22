import OCISpec
import Runtime

/// The addresses of a network in one of the two kinds of IP.
public struct NetworkSubnet: Equatable, Sendable {
  public let subnet: Subnet
  /// The host's own address in it, which leads elsewhere.
  public let gateway: IPAddress
  /// Where containers' addresses come from; nil for all of the subnet.
  public let range: Subnet?

  public init(_ subnet: Subnet, gateway: IPAddress, range: Subnet? = nil) {
    self.subnet = subnet
    self.gateway = gateway
    self.range = range
  }

  /// The network's own address, that of all of it in IPv4, and the gateway's are nobody else's.
  func isReserved(_ address: IPAddress) -> Bool {
    address == subnet.base || address == gateway || !subnet.isV6 && address == subnet.last
  }
}

extension NetworkSubnet: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    subnet = try Self.subnet(object.required("subnet"))
    let text = try object.required("gateway")
    guard let address = IPAddress(try text.string()), subnet.contains(address) else {
      throw text.error("must be an address of the subnet")
    }
    gateway = address
    guard let text = object["range"] else {
      range = nil
      return
    }
    let range = try Self.subnet(text)
    guard subnet.contains(range) else { throw text.error("must be a part of the subnet") }
    self.range = range
  }

  private static func subnet(_ node: JSONNode) throws(SpecError) -> Subnet {
    guard let subnet = Subnet(try node.string()) else {
      throw node.error("must be a subnet, as in 10.0.0.0/16")
    }
    return subnet
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("subnet", subnet.description)
      writer.member("gateway", gateway.description)
      writer.member("range", range?.description)
    }
  }
}

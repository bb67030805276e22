import OCISpec
import Runtime

/// A port of the host's that is held for a container.
public struct PortBinding: Hashable, Sendable {
  /// 0.0.0.0 and `::` for all addresses of their kind.
  public let address: IPAddress
  public let hostPort: UInt16
  public let containerPort: UInt16
  public let transport: Transport

  public init(address: IPAddress, hostPort: UInt16, containerPort: UInt16, transport: Transport) {
    self.address = address
    self.hostPort = hostPort
    self.containerPort = containerPort
    self.transport = transport
  }

  /// The packet filter's part of it, for a container's addresses; nil where it has none of this kind: a port of
  /// IPv6 for a container that has only IPv4 is for a `PortRelay`.
  public func mapping(to addresses: [IPAddress]) -> PortMapping? {
    addresses.first { $0.isV6 == address.isV6 }.flatMap {
      PortMapping(
        hostAddress: address, hostPort: hostPort, transport: transport, target: $0, targetPort: containerPort)
    }
  }

  /// `0.0.0.0:80`, `[::]:80`.
  public var hostText: String { Self.text(address, hostPort) }

  static func text(_ address: IPAddress, _ port: UInt16) -> String {
    address.isV6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

extension PortBinding: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    let address = try object.required("address")
    let transport = try object.required("transport")
    guard let parsed = IPAddress(try address.string()) else { throw address.error("must be an IP address") }
    guard let known = Transport(rawValue: try transport.string()) else {
      throw transport.error("must be tcp, udp or sctp")
    }
    self.init(
      address: parsed, hostPort: try object.required("port").integer(),
      containerPort: try object.required("containerPort").integer(), transport: known)
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("address", address.description)
      writer.member("port", hostPort)
      writer.member("transport", transport.rawValue)
      writer.member("containerPort", containerPort)
    }
  }
}

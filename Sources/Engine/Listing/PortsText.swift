import Networking
import Runtime

/// A port of a container's as it is listed.
public struct ListedPort: Equatable, Sendable {
  /// The host's address and port that lead to it; nil where it is only exposed.
  public var host: (address: String, port: UInt16)?
  public var port: UInt16
  public var transport: Transport

  public init(host: (address: String, port: UInt16)? = nil, port: UInt16, transport: Transport = .tcp) {
    self.host = host
    self.port = port
    self.transport = transport
  }

  public static func == (one: ListedPort, other: ListedPort) -> Bool {
    one.key == other.key && (one.host == nil) == (other.host == nil)
  }

  /// The order in which ports are shown.
  private var key: (UInt16, String, UInt16, String) {
    (port, host?.address ?? "", host?.port ?? 0, transport.rawValue)
  }

  /// `0.0.0.0:8080->80/tcp, 9988/tcp`. Neighbours that lead to their own number are shown as a range.
  public static func text(_ ports: [ListedPort]) -> String {
    var ranges: [(address: String?, transport: String, first: UInt16, last: UInt16)] = []
    /// The range that a port may prolong, by address and transport.
    var open: [String: Int] = [:]
    var done: [Int] = []
    var others: [String] = []
    for port in ports.sorted(by: { $0.key < $1.key }) {
      let transport = port.transport.rawValue
      if let host = port.host, host.port != port.port {
        others.append("\(joined(host.address, "\(host.port)"))->\(port.port)/\(transport)")
        continue
      }
      let group = (port.host?.address ?? "") + "/" + transport
      if let index = open[group] {
        if port.port == ranges[index].last { continue }
        if port.port == ranges[index].last + 1 {
          ranges[index].last = port.port
          continue
        }
        done.append(index)
      }
      open[group] = ranges.count
      ranges.append((port.host?.address, transport, port.port, port.port))
    }
    let rest = ranges.indices.filter { !done.contains($0) }
    let grouped = (done + rest).map { index in
      let range = ranges[index]
      let ports = range.first == range.last ? "\(range.first)" : "\(range.first)-\(range.last)"
      return (range.address.map { "\(joined($0, ports))->\(ports)" } ?? ports) + "/" + range.transport
    }
    return (grouped + others).joined(separator: ", ")
  }

  private static func joined(_ address: String, _ port: String) -> String {
    address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

extension StoredContainer {
  /// The ports that are to lead into the container, and those that it says to have.
  public var ports: [ListedPort] {
    let network = options.network
    let published = network.published.map { port in
      ListedPort(
        host: port.host.map { (port.address ?? "", $0.lowerBound) } ?? (port.address ?? "", 0),
        port: port.container.port, transport: port.container.transport)
    }
    return published + exposed(besides: Set(network.published.map(\.container)))
  }

  fileprivate func exposed(besides known: Set<ContainerPort>) -> [ListedPort] {
    options.network.exposed.filter { !known.contains($0) }.map {
      ListedPort(port: $0.port, transport: $0.transport)
    }
  }
}

extension ListedContainer {
  /// The ports that lead into it now, and those that it says to have; none while it does not run.
  public var ports: [ListedPort] {
    guard isActive, let container else { return [] }
    let leased = endpoints.flatMap(\.lease.ports)
    let published = leased.map { port in
      ListedPort(
        host: (port.address.description, port.hostPort), port: port.containerPort, transport: port.transport)
    }
    let known = published.map { ContainerPort(port: $0.port, transport: $0.transport) }
    return published + container.exposed(besides: Set(known))
  }
}

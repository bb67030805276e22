import Networking
import OCISpec
import Runtime

/// A port of a container's.
public struct ContainerPort: Equatable, Hashable, Sendable {
  public var port: UInt16
  public var transport: Transport

  public init(port: UInt16, transport: Transport = .tcp) {
    self.port = port
    self.transport = transport
  }

  /// `PORT[-PORT][/PROTOCOL]` of `--expose`.
  public static func ports(_ text: String) throws(Failure) -> [ContainerPort] {
    let (range, transport) = try PortText("--expose", text).ports(text[...])
    return range.map { ContainerPort(port: $0, transport: transport) }
  }
}

/// A port of the host's that leads to one of a container's.
public struct PublishedPort: Equatable, Sendable {
  /// An address of the host's; nil for all of them.
  public var address: String?
  /// The host's port, or of which one is chosen; nil for any.
  public var host: ClosedRange<UInt16>?
  public var container: ContainerPort

  public init(address: String? = nil, host: ClosedRange<UInt16>? = nil, container: ContainerPort) {
    self.address = address
    self.host = host
    self.container = container
  }

  /// `[[IP:]HOST:]CONTAINER[/PROTOCOL]` of `--publish`, where ports may be ranges. A host's port of 0 is any.
  public static func ports(_ text: String) throws(Failure) -> [PublishedPort] {
    let source = PortText("--publish", text)
    var rest = text[...]
    var address: String?
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]"), rest[end...].hasPrefix("]:") else { throw source.shape() }
      address = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[end...].dropFirst(2)
    }
    var parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    if address == nil && parts.count > 2 {
      address = parts.dropLast(2).joined(separator: ":")
      parts.removeFirst(parts.count - 2)
    } else if parts.count > 2 || address != nil && parts.count < 2 {
      throw source.shape()
    }
    if let address, !address.isEmpty, IPAddress(address) == nil {
      throw Failure("--publish", text, reason: "'\(address)' is no IP address")
    }
    if address == "" { address = nil }
    let (inside, transport) = try source.ports(parts[parts.count - 1])
    let isAny = parts.count < 2 || parts[0].isEmpty || parts[0] == "0"
    let outside = isAny ? nil : try source.range(parts[0])
    guard let outside, inside.count > 1 else {
      return inside.map {
        PublishedPort(
          address: address, host: outside, container: ContainerPort(port: $0, transport: transport))
      }
    }
    if outside.count != inside.count {
      throw Failure("--publish", text, reason: "the two ranges of ports differ in length")
    }
    return zip(outside, inside).map { host, port in
      PublishedPort(
        address: address, host: host...host, container: ContainerPort(port: port, transport: transport))
    }
  }
}

/// The value of a flag with ports.
private struct PortText {
  let flag: String
  let text: String

  init(_ flag: String, _ text: String) {
    self.flag = flag
    self.text = text
  }

  func shape() -> Failure {
    Failure(flag, text, reason: "not [[IP:]HOST:]CONTAINER[/PROTOCOL]", hint: "as in 8080:80")
  }

  func ports(_ part: Substring) throws(Failure) -> (ClosedRange<UInt16>, Transport) {
    let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var transport = Transport.tcp
    if pieces.count == 2 {
      guard let named = Transport(rawValue: pieces[1].lowercased()) else {
        throw Failure(flag, text, reason: "unknown protocol '\(pieces[1])'", hint: "tcp, udp or sctp")
      }
      transport = named
    }
    return (try range(pieces[0]), transport)
  }

  func range(_ part: Substring) throws(Failure) -> ClosedRange<UInt16> {
    let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    var numbers: [UInt16] = []
    for end in ends {
      guard let number = UInt16(end), number > 0 else {
        throw Failure(flag, text, reason: "'\(end)' is not a port from 1 to 65535")
      }
      numbers.append(number)
    }
    guard let first = numbers.first, let last = numbers.last, first <= last else {
      throw Failure(flag, text, reason: "a range of ports that ends before it begins")
    }
    return first...last
  }
}

extension ContainerPort: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(port: object.required("port").integer(), transport: object.choice("transport") ?? .tcp)
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("port", port)
      writer.member("transport", transport)
    }
  }
}

extension PublishedPort: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    address = try object.string("address")
    container = try ContainerPort(json: object.required("container"))
    guard let first = try object.integer("firstHostPort", as: UInt16.self) else { return }
    let last = try object.integer("lastHostPort", as: UInt16.self) ?? first
    guard first <= last else { throw try object.required("lastHostPort").error("is below firstHostPort") }
    host = first...last
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("address", address)
      writer.member("firstHostPort", host?.lowerBound)
      writer.member("lastHostPort", host?.upperBound)
      writer.member("container", container)
    }
  }
}

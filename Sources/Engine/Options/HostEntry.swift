import Networking
import OCISpec
import Runtime

/// A line for /etc/hosts.
public struct HostEntry: Equatable, Sendable {
  public var name: String
  /// An address, or `host-gateway` for the host as the container sees it.
  public var address: String

  public static let gateway = "host-gateway"

  public init(name: String, address: String) {
    self.name = name
    self.address = address
  }

  /// `NAME:ADDRESS` or `NAME=ADDRESS` of `--add-host`.
  public init(_ text: String) throws(Failure) {
    guard let end = text.firstIndex(of: "=") ?? text.firstIndex(of: ":"), end != text.startIndex else {
      throw Failure("--add-host", text, reason: "not NAME:ADDRESS")
    }
    var address = String(text[text.index(after: end)...])
    if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
    name = String(text[..<end])
    if name.contains(where: \.isWhitespace) { throw Failure("--add-host", text, reason: "a space in a name") }
    guard address == Self.gateway || IPAddress(address) != nil else {
      throw Failure("--add-host", text, reason: "'\(address)' is no IP address and not \(Self.gateway)")
    }
    self.address = address
  }
}

extension HostEntry: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(name: object.required("name").string(), address: object.required("address").string())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
      writer.member("address", address)
    }
  }
}

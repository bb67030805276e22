/// The names that containers have on a container's networks.
public struct NameTable: Equatable, Sendable {
  /// Whether what is no name here may be asked upstream: not from a container all of whose networks are internal.
  public var asksUpstream: Bool
  private var addresses: [String: [IPAddress]] = [:]
  private var names: [IPAddress: [String]] = [:]

  public init(asksUpstream: Bool = true) { self.asksUpstream = asksUpstream }

  /// Adds a container, or somebody else, on a network. Each name counts both as it is and with the network's behind a
  /// point: `web` and `web.mynet`. A name that several have stands for all their addresses.
  ///
  /// - Parameter names: its own name first: that is what is said of its addresses. In any case.
  public mutating func add(_ names: [String], at addresses: [IPAddress], network: String) {
    let network = Self.key(network)
    for name in names.map(Self.key) where !name.isEmpty {
      for name in [name, name + "." + network] {
        let known = self.addresses[name, default: []]
        self.addresses[name] = known + addresses.filter { !known.contains($0) }
      }
    }
    guard let first = names.first.map(Self.key), !first.isEmpty else { return }
    for address in addresses {
      let name = first + "." + network
      if self.names[address]?.contains(name) != true { self.names[address, default: []].append(name) }
    }
  }

  /// The addresses of a name, in the order in which they were added; none where it has none now; nil where nobody has
  /// the name.
  ///
  /// - Parameter name: in any case, with or without a point at its end.
  public func lookup(_ name: String) -> [IPAddress]? { addresses[Self.key(name)] }

  /// The names of an address, each with its network's: `web.mynet`; none where it is nobody's here.
  public func names(of address: IPAddress) -> [String] { names[address] ?? [] }

  private static func key(_ name: String) -> String {
    let bytes = name.utf8.last == UInt8(ascii: ".") ? name.utf8.dropLast() : name.utf8[...]
    return String(decoding: bytes.map(DNSName.lower), as: UTF8.self)
  }
}

import Runtime

extension PortMapping {
  static let maps = ["published4", "published6", "published4_at", "published6_at"]

  /// Its element of the packet filter.
  var element: FilterElement {
    let key = (hostAddress?.bytes ?? []) + FilterElement.field([transport.number])
    return FilterElement(
      set: "published\(target.isV6 ? 6 : 4)\(hostAddress == nil ? "" : "_at")",
      key: key + FilterElement.field(port: hostPort),
      data: target.bytes + FilterElement.field(port: targetPort))
  }

  /// What an element says; nil where it is none of a map for ports.
  init?(_ element: FilterElement) {
    guard Self.maps.contains(element.set), element.key.count >= 8, element.data.count >= 8,
      let transport = Transport(number: element.key[element.key.count - 8]),
      let target = IPAddress(bytes: element.data.dropLast(4))
    else { return nil }
    func port(_ field: ArraySlice<UInt8>) -> UInt16 { field.prefix(2).reduce(0) { $0 << 8 | UInt16($1) } }
    let address = element.key.dropLast(8)
    let host = IPAddress(bytes: address)
    if !address.isEmpty && host == nil { return nil }
    self.init(
      hostAddress: host, hostPort: port(element.key.suffix(4)), transport: transport, target: target,
      targetPort: port(element.data.suffix(4)))
  }

  private var words: String {
    let key = (hostAddress.map { "\($0) . " } ?? "") + "\(transport.rawValue) . \(hostPort)"
    return "\(element.set) { \(key) : \(target) . \(targetPort) }"
  }

  /// What a person would type to publish it.
  public var shell: String { "nft add element inet \(Ruleset.table) '\(words)'" }
  /// What a person would type to end that.
  public var shellToRemove: String { "nft delete element inet \(Ruleset.table) '\(words)'" }
  /// A line for `nft -f`.
  var line: String { "add element inet \(Ruleset.table) \(words)\n" }
}

extension FilteredBridge {
  static let sets = ["bridges", "internal", "masquerade4", "masquerade6"]

  /// Its elements of the packet filter.
  var elements: [FilterElement] {
    let device = FilterElement.field(device: name)
    return sets.map { FilterElement(set: $0, key: device) } + [
      FilterElement(set: "pairs", key: device + device)
    ]
  }

  /// Those it could have.
  static func allElements(of name: String) -> [FilterElement] {
    FilteredBridge(name: name, isInternal: true, masqueradesV4: true, masqueradesV6: true).elements
  }

  private var sets: [String] {
    let isIn = [true, isInternal, masqueradesV4, masqueradesV6]
    return zip(Self.sets, isIn).filter(\.1).map(\.0)
  }

  /// The bridges that such elements tell of.
  static func bridges(_ elements: [FilterElement]) -> [FilteredBridge] {
    func names(_ set: String) -> Set<String> {
      Set(
        elements.filter { $0.set == set }
          .map { String(decoding: $0.key.prefix { $0 != 0 }, as: UTF8.self) })
    }
    let found = sets.map(names)
    return found[0].sorted().map { name in
      FilteredBridge(
        name: name, isInternal: found[1].contains(name), masqueradesV4: found[2].contains(name),
        masqueradesV6: found[3].contains(name))
    }
  }

  private var words: [String] {
    sets.map { "\($0) { \"\(name)\" }" } + ["pairs { \"\(name)\" . \"\(name)\" }"]
  }

  /// What a person would type to have its network filtered.
  public var shell: [String] { words.map { "nft add element inet \(Ruleset.table) '\($0)'" } }
  /// What a person would type to end that.
  public var shellToRemove: [String] { words.map { "nft delete element inet \(Ruleset.table) '\($0)'" } }
  /// Lines for `nft -f`.
  var lines: String { words.map { "add element inet \(Ruleset.table) \($0)\n" }.joined() }
}

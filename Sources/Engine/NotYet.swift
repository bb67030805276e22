import Runtime

/// Options that have a place but that nothing carries out yet: they are refused, and not left undone in silence.
enum NotYet {
  static func check(_ options: RunOptions) throws(Failure) {
    let network = options.network
    let all: [(isGiven: Bool, flag: String)] = [
      (network.ip4 != nil, "--ip"), (network.ip6 != nil, "--ip6"), (network.mac != nil, "--mac-address"),
      (!network.aliases.isEmpty, "--network-alias"), (!network.published.isEmpty, "--publish"),
      (network.publishesAll, "--publish-all"), (!network.exposed.isEmpty, "--expose"),
    ]
    if let one = all.first(where: \.isGiven) { throw Failure(one.flag, reason: "not supported yet") }
    if case .named(let name) = network.mode {
      throw Failure("--network", name, reason: "networks by name are not supported yet", hint: "none or host")
    }
  }
}

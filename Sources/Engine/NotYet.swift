import Runtime

/// Options that have a place but that nothing carries out yet: they are refused, and not left undone in silence.
enum NotYet {
  static func check(_ options: RunOptions) throws(Failure) {
    let network = options.network
    let all: [(isGiven: Bool, flag: String)] = [
      (network.networks.contains { $0.mac != nil }, "--mac-address"),
      (!network.published.isEmpty, "--publish"), (network.publishesAll, "--publish-all"),
      (!network.exposed.isEmpty, "--expose"),
    ]
    if let one = all.first(where: \.isGiven) { throw Failure(one.flag, reason: "not supported yet") }
    if let wish = network.networks.first {
      throw Failure(
        "--network", wish.name, reason: "networks by name are not supported yet", hint: "none or host")
    }
  }
}

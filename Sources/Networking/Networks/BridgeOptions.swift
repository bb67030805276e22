import Runtime

/// What `network create --opt` says: Docker's own names, since files of compositions use them.
public enum BridgeOptions {
  public static let name = "com.docker.network.bridge.name"
  public static let mtu = "com.docker.network.driver.mtu"
  /// What can be said because it is so anyway.
  static let fixed = [
    "com.docker.network.bridge.enable_icc": "true",
    "com.docker.network.bridge.enable_ip_masquerade": "true",
    "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
  ]

  /// In bytes: IPv4 needs 68, IPv6 1280.
  private static let sizes = 68...65535
  private static let leastOfIPv6 = 1280

  /// Checks what is said.
  static func check(_ options: [String: String], usesIPv6: Bool) throws(Failure) {
    for (option, value) in options.sorted(by: { $0.key < $1.key }) {
      let said = "\(option)=\(value)"
      switch option {
      case name:
        // The kernel takes more: nft would take a * for all that begins so, and no quotes.
        if !Links.isName(value) || !Networks.isName(value) {
          throw Failure(
            "--opt", said, reason: "no name of a device",
            hint: "\"[a-zA-Z0-9][a-zA-Z0-9_.-]*\" of at most 15 letters")
        }
      case mtu:
        let least = usesIPv6 ? leastOfIPv6 : sizes.lowerBound
        guard let size = Int(value), (least...sizes.upperBound).contains(size) else {
          throw Failure("--opt", said, reason: "not a number of bytes from \(least) to \(sizes.upperBound)")
        }
      default:
        guard let only = fixed[option] else {
          throw Failure("--opt", option, reason: "unknown option", hint: "there are \(name) and \(mtu)")
        }
        if value.lowercased() != only { throw Failure("--opt", said, reason: "only \(only) is supported") }
      }
    }
  }
}

import Glibc

/// A host with a port, as registries are named: `registry.example.com:5000`, `[::1]:5000`.
enum HostPort {
  /// Takes one apart; nil where it is none.
  static func split(_ text: some StringProtocol) -> (host: String, port: Int?)? {
    let text = text.lowercased()
    guard text.utf8.count <= 255 + 6 else { return nil }
    var host = text
    var port: Int?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = String(text[text.index(after: text.startIndex)..<end])
      guard host.contains(":"), isAddress(host, AF_INET6) else { return nil }
      let rest = text[text.index(after: end)...]
      if !rest.isEmpty {
        guard rest.hasPrefix(":"), let number = number(rest.dropFirst()) else { return nil }
        port = number
      }
      return (host, port)
    }
    if let colon = text.firstIndex(of: ":") {
      host = String(text[..<colon])
      guard let number = number(text[text.index(after: colon)...]) else { return nil }
      port = number
    }
    let isName =
      !host.isEmpty
      && host.utf8.allSatisfy {
        ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
          || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
      }
    return isName ? (host, port) : nil
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.count <= 5, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let port = Int(text), (1...65535).contains(port)
    else { return nil }
    return port
  }

  static func text(_ host: String, _ port: Int?) -> String {
    (host.contains(":") ? "[" + host + "]" : host) + (port.map { ":\($0)" } ?? "")
  }

  /// Whether a host is this machine, by its name or its address.
  static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    return host.hasPrefix("127.") && isAddress(host, AF_INET)
  }

  static func isAddress(_ text: String, _ family: CInt) -> Bool { bytes(text, family) != nil }

  /// An address's bytes; nil where the text is none of that family.
  static func bytes(_ text: String, _ family: CInt) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: family == AF_INET ? 4 : 16)
    return inet_pton(family, text, &bytes) == 1 ? bytes : nil
  }
}

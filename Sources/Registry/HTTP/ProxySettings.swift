import Glibc
import Runtime

/// Which requests go through a proxy: `http_proxy`, `https_proxy` and `no_proxy`, in lower or upper case.
///
/// Source: what Go's net/http does, since registries' clients have taught people that.
struct ProxySettings: Sendable {
  /// A proxy that is spoken to by plain HTTP, or by SOCKS.
  struct Proxy: Hashable, Sendable {
    var host: String
    var port: Int
    var isSocks = false
    var user: String?
    var password: String?
  }

  private(set) var http: Proxy?
  private(set) var https: Proxy?
  private var exceptions: [Exception] = []

  fileprivate enum Exception: Sendable {
    case everything
    /// A name, with or without those below it, and perhaps a port.
    case name(String, isItself: Bool, port: Int?)
    case subnet([UInt8], bits: Int)
  }

  init() {}

  init(environment: [String: String]) throws(Failure) {
    http = try Self.proxy("http_proxy", environment)
    https = try Self.proxy("https_proxy", environment)
    exceptions = (environment.either("no_proxy") ?? "").split(whereSeparator: { $0 == "," || $0 == " " })
      .compactMap { Self.exception(String($0).lowercased()) }
  }

  private static func proxy(_ name: String, _ environment: [String: String]) throws(Failure) -> Proxy? {
    guard let text = environment.either(name), !text.isEmpty else { return nil }
    var rest = text[...]
    var scheme = "http"
    if let end = text.firstRange(of: "://") {
      scheme = text[..<end.lowerBound].lowercased()
      rest = text[end.upperBound...]
    }
    let usualPort: Int
    switch scheme {
    case "http": usualPort = 80
    case "socks5", "socks5h": usualPort = 1080
    default:
      throw Failure(name, reason: "\(scheme) proxies are not supported", hint: "http:// and socks5:// are")
    }
    rest = rest.prefix { $0 != "/" && $0 != "?" }
    var user: String?
    var password: String?
    if let at = rest.lastIndex(of: "@") {
      let words = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      user = decoded(words[0])
      password = words.count > 1 ? decoded(words[1]) : ""
      rest = rest[rest.index(after: at)...]
    }
    // The text may hold a password: it is not shown.
    guard let (host, port) = HostPort.split(rest) else {
      throw Failure(name, reason: "no address of a proxy")
    }
    return Proxy(
      host: host, port: port ?? usualPort, isSocks: scheme != "http", user: user, password: password)
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func exception(_ text: String) -> Exception? {
    if text == "*" { return .everything }
    if let slash = text.firstIndex(of: "/") {
      let address = String(text[..<slash])
      let bytes = HostPort.bytes(address, AF_INET) ?? HostPort.bytes(address, AF_INET6)
      guard let bytes, let bits = Int(text[text.index(after: slash)...]),
        (0...bytes.count * 8).contains(bits)
      else { return nil }
      return .subnet(bytes, bits: bits)
    }
    if let bytes = HostPort.bytes(text, AF_INET6) { return .subnet(bytes, bits: 128) }
    let isItself = !text.hasPrefix(".") && !text.hasPrefix("*.")
    let name = text.hasPrefix("*.") ? text.dropFirst(2) : text.hasPrefix(".") ? text.dropFirst() : text[...]
    guard let (host, port) = HostPort.split(name) else { return nil }
    return .name(host, isItself: isItself, port: port)
  }

  /// The proxy for an address; nil where it is asked directly. This machine always is.
  func proxy(for locator: Locator) -> Proxy? {
    guard let proxy = locator.isSecure ? https : http, !locator.isLoopback else { return nil }
    return exceptions.contains { $0.holds(locator) } ? nil : proxy
  }
}

extension ProxySettings.Exception {
  fileprivate func holds(_ locator: Locator) -> Bool {
    switch self {
    case .everything: return true
    case .name(let name, let isItself, let port):
      if let port, port != locator.port ?? (locator.isSecure ? 443 : 80) { return false }
      return isItself && locator.host == name || locator.host.hasSuffix("." + name)
    case .subnet(let prefix, let bits):
      let family = prefix.count == 4 ? AF_INET : AF_INET6
      guard let address = HostPort.bytes(locator.host, family) else { return false }
      return (0..<bits).allSatisfy { bit in
        (prefix[bit / 8] ^ address[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
      }
    }
  }
}

extension [String: String] {
  /// A variable in lower case, or in upper case where there is none.
  fileprivate func either(_ name: String) -> String? { self[name] ?? self[name.uppercased()] }
}

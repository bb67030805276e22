import Glibc

/// Where syslog messages go: `--log-opt syslog-address`.
public enum SyslogAddress: Equatable, Sendable {
  /// The machine's own syslog: /dev/log.
  case local
  /// A socket in the file system, of a stream or of datagrams.
  case path(String, stream: Bool)
  /// A host, by address or by name, and a port: TCP, or UDP.
  case host(String, port: UInt16, stream: Bool)

  /// Reads `udp://HOST[:PORT]`, `tcp://HOST[:PORT]`, `unix://PATH` or `unixgram://PATH`. The port is 514 if none is
  /// given; an IPv6 address stands in brackets.
  ///
  /// - Throws: `Failure` that names the option.
  init(_ text: String) throws(Failure) {
    func wrong(_ reason: String, hint: String? = nil) -> Failure {
      LogOptions.wrong("syslog-address", text, reason, hint: hint)
    }
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes.dropFirst(colon).starts(with: "://".utf8)
    else {
      throw wrong(
        "not an address", hint: "udp://HOST:PORT, tcp://HOST:PORT, unix:///PATH or unixgram:///PATH")
    }
    let scheme = String(decoding: bytes[..<colon], as: UTF8.self)
    let rest = String(decoding: bytes[(colon + 3)...], as: UTF8.self)
    switch scheme {
    case "unix", "unixgram":
      guard rest.hasPrefix("/"), rest.utf8.count < 108 else {
        throw wrong("the path must begin with / and have less than 108 bytes")
      }
      self = .path(rest, stream: scheme == "unix")
    case "udp", "tcp":
      guard let (host, port) = Self.hostAndPort(rest) else { throw wrong("not a host and a port") }
      self = .host(host, port: port, stream: scheme == "tcp")
    case "tcp+tls":
      throw wrong("not supported: there is no TLS", hint: "let a local syslog daemon forward it")
    default: throw wrong("not supported", hint: "udp, tcp, unix or unixgram")
    }
  }

  /// Looks whether the address can be reached at all, for whoever makes a container: a mistake is found there, not
  /// in a log that stays empty. Nothing is sent.
  ///
  /// - Throws: `Failure` that names the option.
  func check() throws(Failure) {
    switch self {
    case .local, .path:
      let paths = if case .path(let path, _) = self { [path] } else { Self.localPaths }
      if paths.contains(where: Files.exists) { return }
      throw Failure("--log-opt", "syslog-address=" + text, errno: ENOENT, hint: "does a syslog daemon run?")
    case .host(let host, _, _):
      if !SyslogHost.addresses(of: host).isEmpty { return }
      throw LogOptions.wrong(
        "syslog-address", text, "unknown host", hint: "an address in numbers, or a name that is in /etc/hosts"
      )
    }
  }

  /// Where syslog daemons listen on their own machine.
  static let localPaths = ["/dev/log", "/var/run/syslog", "/var/run/log"]

  private static func hostAndPort(_ text: String) -> (String, UInt16)? {
    var rest = Substring(text)
    if rest.hasSuffix("/") { rest.removeLast() }
    var host = rest
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[rest.index(after: end)...]
    } else {
      host = rest.prefix { $0 != ":" }
      rest = rest[host.endIndex...]
    }
    if host.isEmpty { return nil }
    if rest.isEmpty { return (String(host), 514) }
    guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
    return (String(host), port)
  }

  /// As people write it.
  var text: String {
    switch self {
    case .local: "/dev/log"
    case .path(let path, let stream): (stream ? "unix://" : "unixgram://") + path
    case .host(let host, let port, let stream):
      (stream ? "tcp://" : "udp://") + (host.contains(":") ? "[" + host + "]" : host) + ":\(port)"
    }
  }
}

/// Hosts by name, without waiting for anybody: a log may not be held up by a name server.
enum SyslogHost {
  /// The host itself where it is an address in numbers, else what `/etc/hosts` has under the name.
  static func addresses(of host: String) -> [String] {
    if isNumeric(host) { return [host] }
    let text = (try? Files.read("/etc/hosts")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    var found: [String] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let address = words.first.map(String.init), isNumeric(address) else { continue }
      if words.dropFirst().contains(where: { $0.lowercased() == host.lowercased() }) { found.append(address) }
    }
    return found
  }

  private static func isNumeric(_ host: String) -> Bool {
    var v4 = in_addr()
    var v6 = in6_addr()
    return inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1
  }
}

/// The names of syslog's facilities. Source: RFC 5424, section 6.2.1, and syslog(3).
enum SyslogFacility {
  private static let names = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
  ]

  /// A name or a number from 0 to 23, shifted as it stands in a message.
  ///
  /// - Throws: `Failure` that names the option.
  static func code(_ text: String) throws(Failure) -> Int {
    if text.isEmpty { return 3 << 3 }
    if let number = Int(text), (0...23).contains(number) { return number << 3 }
    if let number = names.firstIndex(of: text) { return number << 3 }
    if text.hasPrefix("local"), let number = Int(text.dropFirst(5)), (0...7).contains(number) {
      return (16 + number) << 3
    }
    throw LogOptions.wrong(
      "syslog-facility", text, "no such facility", hint: "kern, user, daemon, local0 to local7, …, or 0 to 23"
    )
  }
}

/// Who is asked for names that are not a container's, and how. Source: resolv.conf(5).
public struct Upstream: Equatable, Sendable {
  /// In the order in which they are asked.
  public var servers: [IPAddress]
  /// How long one is waited for, in seconds. Less than the C library's 5: a client that waits no longer than those
  /// is to be told of a failure before.
  public var timeout = 2
  /// How often all are asked.
  public var attempts = 2
  /// Whether each question begins with another server.
  public var rotates = false
  /// Another than 53 is for tests.
  package var port: UInt16 = 53

  public init(servers: [IPAddress]) { self.servers = servers }

  /// - Parameter resolvConf: the text of /etc/resolv.conf. What it has of other options is the client's business.
  public init(resolvConf: String) {
    servers = Self.servers(resolvConf)
    for line in Self.lines(resolvConf) where line.first == "options" {
      for option in line.dropFirst() {
        let parts = option.split(separator: ":", maxSplits: 1)
        let value = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first, value) {
        // The limits are the C library's.
        case ("timeout", let value?): timeout = min(max(value, 1), 30)
        case ("attempts", let value?): attempts = min(max(value, 1), 5)
        case ("rotate", nil): rotates = true
        default: break
        }
      }
    }
  }

  /// The servers of an /etc/resolv.conf: the first three, as for the C library, without those of a zone.
  public static func servers(_ resolvConf: String) -> [IPAddress] {
    let words = lines(resolvConf).filter { $0.first == "nameserver" && $0.count > 1 }.map { $0[1] }
    return Array(words.prefix(3).compactMap { IPAddress($0) })
  }

  /// The words of each line; a comment is a line of its own.
  private static func lines(_ text: String) -> [[Substring]] {
    text.split(whereSeparator: \.isNewline)
      .filter { $0.first != "#" && $0.first != ";" }
      .map { $0.split { $0 == " " || $0 == "\t" } }
  }
}

/// An address of the web in its parts: what servers say of where to go is checked before anybody goes there.
///
/// Source: RFC 3986; only `http` and `https`, no user in it.
struct Locator: Hashable, Sendable {
  var isSecure: Bool
  /// In lower case; an IPv6 address without its brackets.
  var host: String
  /// nil where it is the scheme's own.
  var port: Int?
  /// Begins with `/`.
  var path: String
  /// Without its question mark.
  var query: String?

  /// The longest that is taken from a server, in bytes.
  private static let limit = 16 << 10

  init(isSecure: Bool, host: String, port: Int?, path: String = "/") {
    self.isSecure = isSecure
    self.host = host
    self.port = port == (isSecure ? 443 : 80) ? nil : port
    self.path = path
  }

  /// Reads `http://HOST[:PORT][/PATH][?QUERY]`; nil where it is anything else.
  init?(_ text: String) {
    guard text.utf8.count <= Self.limit, let scheme = text.firstIndex(of: ":") else { return nil }
    switch text[..<scheme].lowercased() {
    case "http": isSecure = false
    case "https": isSecure = true
    default: return nil
    }
    let rest = text[text.index(after: scheme)...]
    guard rest.hasPrefix("//") else { return nil }
    let after = rest.dropFirst(2)
    let authority = after.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let (host, port) = HostPort.split(authority) else { return nil }
    self.host = host
    self.port = port == (isSecure ? 443 : 80) ? nil : port
    path = "/"
    query = nil
    guard setTarget(after[authority.endIndex...]) else { return nil }
  }

  /// Takes path and query from a text; what comes after `#` is for nobody here.
  private mutating func setTarget(_ text: Substring) -> Bool {
    let target = text.prefix { $0 != "#" }
    // Neither a space nor a line can be in a request, and what is beyond ASCII should have been encoded.
    guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
    let path = target.prefix { $0 != "?" }
    self.path = Self.withoutDots(path.isEmpty ? "/" : String(path))
    query = path.endIndex < target.endIndex ? String(target[path.endIndex...].dropFirst()) : nil
    return true
  }

  /// Where a `Location` leads to that was given in an answer from here; nil where that cannot be told.
  func resolve(_ reference: String) -> Locator? {
    guard reference.utf8.count <= Self.limit else { return nil }
    let scheme = reference.prefix { $0 != ":" && $0 != "/" && $0 != "?" && $0 != "#" }
    if scheme.endIndex < reference.endIndex, reference[scheme.endIndex] == ":" { return Locator(reference) }
    if reference.hasPrefix("//") { return Locator((isSecure ? "https:" : "http:") + reference) }
    var result = self
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    let target =
      reference.hasPrefix("/") ? reference : reference.hasPrefix("?") ? path + reference : folder + reference
    return result.setTarget(target[...]) ? result : nil
  }

  /// The same with one more member of the query, whatever is there already.
  func adding(_ name: String, _ value: String) -> Locator {
    var result = self
    let member = name + "=" + Self.encoded(value)
    result.query = (query.map { $0.isEmpty ? "" : $0 + "&" } ?? "") + member
    return result
  }

  /// Whether another address is at the same server: only there may go what proves who we are.
  func hasSameOrigin(as other: Locator) -> Bool {
    isSecure == other.isSecure && host == other.host && port == other.port
  }

  /// Whether it never leaves this machine.
  var isLoopback: Bool { HostPort.isLoopback(host) }

  /// As people write it: `registry.example.com:5000`.
  var authority: String { HostPort.text(host, port) }

  /// All but a unreserved letter is encoded, so that no value can become anything else.
  static func encoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes.append(UInt8(ascii: "%"))
        bytes += Array("0123456789ABCDEF".utf8)[Int(byte >> 4)...Int(byte >> 4)]
        bytes += Array("0123456789ABCDEF".utf8)[Int(byte & 15)...Int(byte & 15)]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// RFC 3986, 5.2.4.
  private static func withoutDots(_ path: String) -> String {
    guard path.contains("/.") else { return path }
    var kept: [Substring] = []
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      switch part {
      case ".": if isLast { kept.append("") }
      case "..":
        if !kept.isEmpty { kept.removeLast() }
        if isLast { kept.append("") }
      default: kept.append(part)
      }
    }
    return "/" + kept.joined(separator: "/")
  }
}

extension Locator: CustomStringConvertible {
  /// The whole of it, as it is asked for.
  var description: String {
    (isSecure ? "https://" : "http://") + authority + path + (query.map { "?" + $0 } ?? "")
  }

  /// Without its query, which may hold a signature: for errors.
  var shown: String { (isSecure ? "https://" : "http://") + authority + path }
}

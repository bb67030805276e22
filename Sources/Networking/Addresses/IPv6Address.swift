import Glibc

/// An address of IPv6.
public struct IPv6Address: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The first 64 bits as a number, and the last.
  public var upper: UInt64
  public var lower: UInt64

  public init(upper: UInt64, lower: UInt64) {
    self.upper = upper
    self.lower = lower
  }

  /// - Parameter bytes: sixteen, as they travel.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    upper = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    lower = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Any form of RFC 4291, without a zone.
  public init?(_ text: some StringProtocol) {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard !text.utf8.contains(0), inet_pton(AF_INET6, String(text), &bytes) == 1 else { return nil }
    self.init(bytes: bytes)
  }

  public static let any = IPv6Address(upper: 0, lower: 0)
  public static let loopback = IPv6Address(upper: 0, lower: 1)

  /// As they travel.
  public var bytes: [UInt8] {
    [upper, lower].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
  }

  public var isLoopback: Bool { self == .loopback }

  /// The shortest form, in lower case. Source: RFC 5952.
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  public static func < (one: IPv6Address, other: IPv6Address) -> Bool {
    (one.upper, one.lower) < (other.upper, other.lower)
  }
}

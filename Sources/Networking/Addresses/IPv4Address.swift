/// An address of IPv4.
public struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The address as a number: 10.0.0.1 is 0x0a000001.
  public var number: UInt32

  public init(number: UInt32) { self.number = number }

  /// - Parameter bytes: four, as they travel.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 4 else { return nil }
    number = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Four decimal numbers with points between them, and nothing else: no octal, no shorter form.
  public init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
        part.count == 1 || part.first != 0x30
      else { return nil }
      let value = part.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
      if value > 255 { return nil }
      number = number << 8 | value
    }
    self.number = number
  }

  public static let any = IPv4Address(number: 0)

  /// As they travel.
  public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

  public var isLoopback: Bool { number >> 24 == 127 }

  public var description: String { bytes.map { String($0) }.joined(separator: ".") }

  public static func < (one: IPv4Address, other: IPv4Address) -> Bool { one.number < other.number }
}

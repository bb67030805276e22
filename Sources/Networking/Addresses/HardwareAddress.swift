import Glibc

/// The address of a network device: six bytes.
public struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
  public let bytes: [UInt8]

  public init?(bytes: [UInt8]) {
    guard bytes.count == 6 else { return nil }
    self.bytes = bytes
  }

  /// Six bytes in hexadecimal, with `:` or `-` between them.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
    guard parts.count == 6 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard part.utf8.count == 2, part.utf8.first != UInt8(ascii: "+"), let byte = UInt8(part, radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    self.bytes = bytes
  }

  /// The one that belongs to an address: whoever gets that address again is found at once, whatever neighbours
  /// remember. 02 says that nobody has assigned it.
  public init(for address: IPv4Address) { bytes = [0x02, 0x42] + address.bytes }

  /// Whether a device can have it: not one for several, and not nothing.
  public var isUsable: Bool { bytes[0] & 1 == 0 && bytes.contains { $0 != 0 } }

  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}

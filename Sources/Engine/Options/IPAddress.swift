import Glibc

/// Addresses as people type them.
public enum IPAddress {
  /// Whether the text is an IPv4 or an IPv6 address.
  public static func isAddress(_ text: String) -> Bool { isIPv4(text) || isIPv6(text) }

  public static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, text, &address) == 1
  }

  public static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET6, text, &address) == 1
  }

  /// Whether the text is the address of a network device: six bytes in hexadecimal.
  public static func isMAC(_ text: String) -> Bool {
    let parts = text.split(whereSeparator: { $0 == ":" || $0 == "-" })
    return text.utf8.count == 17 && parts.count == 6
      && parts.allSatisfy { $0.utf8.count == 2 && UInt8($0, radix: 16) != nil }
  }
}

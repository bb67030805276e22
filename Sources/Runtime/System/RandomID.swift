/// IDs of containers, networks and whatever else has no name of its own.
public enum RandomID {
  /// 64 hexadecimal digits. The first twelve are shown, and must not be taken for a number.
  public static func make() -> String {
    while true {
      let id = (0..<4).map { _ in UInt64.random(in: 0...UInt64.max).hexadecimal }.joined()
      if id.prefix(12).contains(where: { !$0.isNumber }) { return id }
    }
  }
}

extension UInt64 {
  /// All of its 16 digits.
  public var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

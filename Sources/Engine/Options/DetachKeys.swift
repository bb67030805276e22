import Runtime

/// The keys that leave a container alone and running, as the bytes a terminal sends.
public struct DetachKeys: Word {
  public let bytes: [UInt8]

  /// `ctrl-p,ctrl-q`.
  public static let usual = DetachKeys(bytes: [0x10, 0x11])

  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Letters, or `ctrl-` and one of `a` to `z`, `@`, `[`, `\`, `]`, `^` and `_`, with commas between them.
  public init?(word: String) {
    guard case .success(let keys) = Self.read(word) else { return nil }
    self = keys
  }

  public var word: String {
    bytes.map { byte in
      if byte >= 0x20 { return String(UnicodeScalar(byte)) }
      return "ctrl-" + String(UnicodeScalar(byte | 0x40)).lowercased()
    }.joined(separator: ",")
  }

  /// The value of `--detach-keys`.
  public init(flag text: String) throws(Failure) {
    self = try Self.read(text).get()
  }

  private static func read(_ text: String) -> Result<DetachKeys, Failure> {
    var bytes: [UInt8] = []
    for key in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let byte = byte(of: key) else {
        return .failure(
          Failure(
            "--detach-keys", text, reason: "unknown key '\(key)'",
            hint: "a letter, or ctrl- and one of a-z @ [ \\ ] ^ _, as in ctrl-p,ctrl-q"))
      }
      bytes.append(byte)
    }
    return .success(DetachKeys(bytes: bytes))
  }

  private static func byte(of key: Substring) -> UInt8? {
    if key.hasPrefix("ctrl-") {
      let rest = key.dropFirst(5).utf8
      guard rest.count == 1, let letter = rest.first else { return nil }
      switch letter {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "@"), UInt8(ascii: "[")...UInt8(ascii: "_"):
        return letter & 0x1F
      default: return nil
      }
    }
    guard key.utf8.count == 1, let byte = key.utf8.first, (0x20..<0x7F).contains(byte) else { return nil }
    return byte
  }
}

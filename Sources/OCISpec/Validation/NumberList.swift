/// A list of CPUs or memory nodes as the kernel writes them: `0-3,7`. Source: cpuset(7), "List format".
public struct NumberList: Equatable, Sendable {
  /// The largest number that is accepted; far above what kernels are built for.
  public static let maximum: UInt32 = 65_535

  /// The ranges in the order of the text. They may overlap, which means nothing.
  public let ranges: [ClosedRange<UInt32>]

  /// Reads a list. Spaces and empty entries are let pass, as the kernel does. Nil for anything else, and for
  /// a range whose end lies before its start.
  public init?(_ text: String) {
    var ranges: [ClosedRange<UInt32>] = []
    for entry in text.utf8.split(separator: UInt8(ascii: ",")) {
      var bytes = Array(entry.drop(while: Self.isSpace))
      while let last = bytes.last, Self.isSpace(last) { bytes.removeLast() }
      if bytes.isEmpty { continue }
      let bounds = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
      guard bounds.count <= 2, let first = bounds.first.flatMap(Self.number),
        let last = bounds.last.flatMap(Self.number), first <= last
      else { return nil }
      ranges.append(first...last)
    }
    self.ranges = ranges
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    guard !bytes.isEmpty else { return nil }
    for byte in bytes {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value &* 10 &+ UInt32(byte &- UInt8(ascii: "0"))
      if value > maximum { return nil }
    }
    return value
  }
}

/// Checks a list of CPUs or memory nodes.
func checkNumberList(_ text: String?, _ path: @autoclosure () -> String) throws(SpecError) {
  guard let text else { return }
  try require(
    NumberList(text) != nil, path(), "must be a list of numbers and ranges like '0-3,7', not \(quoted(text))")
}

/// Whole numbers as text, on the way of every launch.
///
/// The standard library's conversion is generic: its first use in a process looks up code at run time, and lies far
/// from the rest of what a launch needs.
enum Decimal {
  static func text(_ value: some FixedWidthInteger) -> String {
    var magnitude = UInt64(value.magnitude)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { digits in
      var start = digits.count
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
        magnitude /= 10
      } while magnitude > 0
      if value < 0 {
        start -= 1
        digits[start] = UInt8(ascii: "-")
      }
      return String(decoding: UnsafeBufferPointer(rebasing: digits[start...]), as: UTF8.self)
    }
  }
}

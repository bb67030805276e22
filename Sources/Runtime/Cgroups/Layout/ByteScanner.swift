import Glibc

/// Reads fields off the front of a text that the kernel wrote.
///
/// By hand, because this is on the way of every command: the first use of each generic type (a slice, an array of
/// slices) costs the Swift runtime more than all of the parsing.
struct ByteScanner {
  private var rest: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// The bytes up to the next separator, or to the end; the separator is left behind.
  mutating func next(until separator: UInt8) -> UnsafeRawBufferPointer {
    guard let base = rest.baseAddress, let found = memchr(base, CInt(separator), rest.count) else {
      defer { rest = UnsafeRawBufferPointer(start: nil, count: 0) }
      return rest
    }
    let length = UnsafeRawPointer(found) - base
    defer { rest = UnsafeRawBufferPointer(start: base + length + 1, count: rest.count - length - 1) }
    return UnsafeRawBufferPointer(start: base, count: length)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are those of a text known when compiling.
  func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && (count == 0 || memcmp(baseAddress!, text.utf8Start, count) == 0)
  }

  /// The bytes as text; damaged UTF-8 is repaired.
  var text: String { String(decoding: self, as: UTF8.self) }
}

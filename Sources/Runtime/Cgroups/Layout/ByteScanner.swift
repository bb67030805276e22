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

  /// A path of a mount table: blank, tab, newline and backslash are written as `\` and three octal digits.
  var unescapedPath: String {
    guard contains(UInt8(ascii: "\\")) else { return text }
    var bytes: [UInt8] = []
    var index = 0
    while index < count {
      if self[index] == UInt8(ascii: "\\"), index + 3 < count {
        bytes.append((1...3).reduce(0) { $0 &* 8 &+ (self[index + $1] &- UInt8(ascii: "0")) })
        index += 4
      } else {
        bytes.append(self[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

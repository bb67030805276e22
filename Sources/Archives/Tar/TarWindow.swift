import Runtime

/// Feeds an archive to libarchive, and keeps what was fed last: libarchive ends names at a NUL, so that its caller
/// never learns of one. The headers of an entry are looked at once more for that.
final class TarWindow {
  /// In bytes. What follows a file's data is fed in so large parts as well, so that few calls write it.
  private static let partSize = 1 << 18
  /// The extended headers of an entry must fit: libarchive takes at most 1 MiB each.
  private static let parts = 6

  /// The types of headers that tell of the entry behind them: `x`, `g`, `X`, `L`, `K`.
  private static let extended: [UInt8] = [0x78, 0x67, 0x58, 0x4C, 0x4B]

  private final class Part {
    let buffer = Buffer(TarWindow.partSize)
    var offset: Int64 = 0
    var count = 0
  }

  private let source: any ByteSource
  private var parts: [Part] = []
  private var oldest = 0
  private var end: Int64 = 0
  /// What reading has failed with; libarchive only learns that it has.
  private(set) var failure: Failure?

  init(_ source: any ByteSource) { self.source = source }

  /// The next part, valid until the one after it is read; nil where reading has failed, empty at the end.
  func next() -> UnsafeRawBufferPointer? {
    let part: Part
    if parts.count < Self.parts {
      part = Part()
      parts.append(part)
    } else {
      part = parts[oldest]
      oldest = (oldest + 1) % Self.parts
    }
    do throws(Failure) {
      part.offset = end
      part.count = 0
      part.count = try source.fill(part.buffer.bytes)
      end += Int64(part.count)
      return UnsafeRawBufferPointer(part.buffer.bytes[..<part.count].rebased)
    } catch {
      failure = error
      return nil
    }
  }

  /// Bytes that were fed; nil where they are gone.
  private func bytes(at offset: Int64, _ count: Int) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      let at = offset + Int64(result.count)
      guard let part = parts.first(where: { $0.offset <= at && at < $0.offset + Int64($0.count) }) else {
        return nil
      }
      let start = Int(at - part.offset)
      let size = min(count - result.count, part.count - start)
      result.append(contentsOf: part.buffer.bytes[start..<start + size])
    }
    return result
  }

  /// Refuses an entry whose extended headers have names with a NUL in them. Sources: pax(1), "pax Extended Header";
  /// GNU tar's manual, "Basic Tar Format", for `L` and `K`.
  ///
  /// - Parameter offset: of the first of its headers.
  func checkNames(at offset: Int64) throws(Failure) {
    var offset = offset
    while true {
      let tooLong = Failure("read archive", reason: "the headers at byte \(offset) are too long")
      // What is gone from here cannot be checked.
      guard let type = byte(at: offset + 156) else { throw tooLong }
      if !Self.extended.contains(type) { return }
      guard let digits = bytes(at: offset + 124, 12), let size = Self.number(digits),
        let text = bytes(at: offset + 512, size)
      else { throw tooLong }
      if type == 0x4C || type == 0x4B {
        let name = text[..<(text.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)]
        if name.contains(0) { throw Self.hasNUL(name) }
      } else {
        try Self.checkRecords(text)
      }
      offset += 512 + Int64((size + 511) / 512 * 512)
    }
  }

  private func byte(at offset: Int64) -> UInt8? {
    for part in parts where part.offset <= offset && offset < part.offset + Int64(part.count) {
      return part.buffer.bytes[Int(offset - part.offset)]
    }
    return nil
  }

  private static func hasNUL(_ name: some Sequence<UInt8>) -> Failure {
    Failure("unpack", EntryPath.text(name.prefix { $0 != 0 }), reason: "its name has a NUL in it")
  }

  /// A size in octal digits; nil where it is none, or larger than what libarchive takes.
  private static func number(_ digits: [UInt8]) -> Int? {
    var value = 0
    for digit in digits where digit != 0x20 && digit != 0 {
      guard (0x30...0x37).contains(digit), value < 1 << 24 else { return nil }
      value = value * 8 + Int(digit - 0x30)
    }
    return value
  }

  /// `LENGTH KEY=VALUE\n` again and again; libarchive has checked the form.
  private static func checkRecords(_ text: [UInt8]) throws(Failure) {
    var rest = text[...]
    while let space = rest.firstIndex(of: 0x20) {
      guard let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > 0,
        length <= rest.count
      else { return }
      let record = rest[(space + 1)...].prefix(max(0, rest.startIndex + length - space - 1))
      rest = rest.dropFirst(length)
      guard let sign = record.firstIndex(of: 0x3D) else { continue }
      let value = record[(sign + 1)...]
      switch String(decoding: record[..<sign], as: UTF8.self) {
      case "path", "linkpath", "GNU.sparse.name": if value.contains(0) { throw hasNUL(value) }
      default: break
      }
    }
  }
}

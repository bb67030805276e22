import Glibc

/// The layout of a cached filter:
///
/// | offset | bytes | what |
/// | --- | --- | --- |
/// | 0 | 8 | `swtnrscf` |
/// | 8 | 8 | checksum of everything behind |
/// | 16 | 4 | flags for seccomp(2) |
/// | 20 | 4 | 1 where a listener path is there, 2 where metadata is |
/// | 24 | 4 × 5 | lengths of the parts |
/// | 44 | | the parts: identity, source, program, listener path, metadata |
///
/// Numbers are in the machine's byte order: a file never leaves its machine.
enum SeccompCacheFile {
  /// A configuration beyond this size in bytes is compiled anew each time.
  static let maximumSize = 1 << 20

  private static let magic = Array("swtnrscf".utf8)
  private static let bodyStart = 16
  private static let partsStart = 44

  static func encode(_ filter: SeccompFilter, source: [UInt8], identity: [UInt8]) -> [UInt8] {
    let parts = [
      identity, source, filter.program, Array((filter.listenerPath ?? "").utf8),
      Array((filter.listenerMetadata ?? "").utf8),
    ]
    let present: UInt32 = (filter.listenerPath == nil ? 0 : 1) | (filter.listenerMetadata == nil ? 0 : 2)
    var bytes = magic + [UInt8](repeating: 0, count: 8)
    for number in [filter.flags, present] + parts.map({ UInt32(truncatingIfNeeded: $0.count) }) {
      withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }
    for part in parts { bytes.append(contentsOf: part) }
    let sum = bytes.withUnsafeBytes { hash(UnsafeRawBufferPointer(rebasing: $0[bodyStart...])) }
    withUnsafeBytes(of: sum) { bytes.replaceSubrange(8..<16, with: $0) }
    return bytes
  }

  /// The filter, if the file is whole and was written for exactly this source and identity.
  static func decode(_ bytes: [UInt8], source: [UInt8], identity: [UInt8]) -> SeccompFilter? {
    bytes.withUnsafeBytes { file in
      guard file.count >= partsStart, file.prefix(8).elementsEqual(magic) else { return nil }
      let sum = hash(UnsafeRawBufferPointer(rebasing: file[bodyStart...]))
      guard file.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == sum else { return nil }
      func number(_ offset: Int) -> UInt32 { file.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
      var parts: [Slice<UnsafeRawBufferPointer>] = []
      var position = partsStart
      for index in 0..<5 {
        let length = Int(number(24 + 4 * index))
        guard length <= file.count - position else { return nil }
        parts.append(file[position..<position + length])
        position += length
      }
      guard position == file.count, equal(parts[0], identity), equal(parts[1], source),
        !parts[2].isEmpty, parts[2].count % SeccompFilter.instructionSize == 0
      else { return nil }
      let present = number(20)
      return SeccompFilter(
        program: Array(parts[2]), flags: number(16),
        needsListener: number(16) & SeccompFilter.flagNewListener != 0,
        listenerPath: present & 1 == 0 ? nil : String(decoding: parts[3], as: UTF8.self),
        listenerMetadata: present & 2 == 0 ? nil : String(decoding: parts[4], as: UTF8.self))
    }
  }

  private static func equal(_ part: Slice<UnsafeRawBufferPointer>, _ expected: [UInt8]) -> Bool {
    guard part.count == expected.count else { return false }
    return part.isEmpty
      || memcmp(UnsafeRawBufferPointer(rebasing: part).baseAddress!, expected, part.count) == 0
  }

  /// A quick hash that finds accidents. It resists no attacker and needs not: what is compared in the end
  /// is the source itself.
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    func mix(_ word: UInt64) {
      state = (state ^ word) &* 0xD6E8_FEB8_6659_FD93
      state ^= state >> 32
    }
    let whole = bytes.count & ~7
    for offset in stride(from: 0, to: whole, by: 8) {
      mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var rest: UInt64 = 0
    for offset in whole..<bytes.count { rest = rest << 8 | UInt64(bytes[offset]) }
    mix(rest)
    return state
  }
}

import OCISpec
import Runtime

/// How a stream begins, where it is compressed. Sources: RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2.
extension MediaType.Compression {
  /// So many bytes tell a form.
  static let magicSize = 6

  /// What the beginning of a stream tells. What libraries publish under a wrong media type is taken as what it is,
  /// as other engines do.
  ///
  /// - Throws: for forms that layers do not have.
  static func of(_ beginning: UnsafeRawBufferPointer, _ name: String) throws(Failure) -> MediaType.Compression
  {
    func begins(_ magic: [UInt8]) -> Bool { beginning.starts(with: magic) }
    if begins([0x1F, 0x8B, 8]) { return .gzip }
    if begins([0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
    // A frame that is skipped, which may stand before others.
    if beginning.count >= 4, beginning[0] & 0xF0 == 0x50, beginning[1...3].elementsEqual([0x2A, 0x4D, 0x18]) {
      return .zstd
    }
    let others: [(String, [UInt8])] = [
      ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), ("bzip2", [0x42, 0x5A, 0x68]),
      ("lz4", [4, 0x22, 0x4D, 0x18]),
      ("zip", [0x50, 0x4B, 3, 4]), ("an encrypted stream", Array("age-en".utf8)),
    ]
    for (form, magic) in others where begins(magic) {
      throw Failure(
        "unpack", name, reason: "it is \(form)", hint: "gzip, zstd and plain archives are supported")
    }
    return .none
  }
}

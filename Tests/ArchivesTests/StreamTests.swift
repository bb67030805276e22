import CArchive
import Glibc
import OCISpec
import Runtime
import Testing

@testable import Archives

/// Bytes that are there.
final class ByteArraySource: ByteSource {
  private var rest: ArraySlice<UInt8>
  private let step: Int

  init(_ bytes: [UInt8], step: Int = .max) {
    rest = bytes[...]
    self.step = step
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let part = rest.prefix(min(step, buffer.count))
    buffer.copyBytes(from: part)
    rest = rest.dropFirst(part.count)
    return part.count
  }
}

@Suite struct StreamTests {
  private static func decompress(_ bytes: [UInt8], step: Int = 1000) throws(Failure) -> [UInt8] {
    let stream = Decompressor(ByteArraySource(bytes, step: step), "stream")
    let buffer = Buffer(3000)
    var result: [UInt8] = []
    while true {
      let got = try stream.read(into: buffer.bytes)
      if got == 0 { return result }
      result += buffer.bytes[..<got]
    }
  }

  /// Neither short nor all the same.
  private static let text = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }

  @Test(arguments: MediaType.Compression.allCases, [1, 1000, .max])
  func forthAndBack(_ compression: MediaType.Compression, _ step: Int) throws {
    let bytes = try Scratch.compressed(Self.text, compression)
    if compression != .none { #expect(bytes.count < Self.text.count) }
    #expect(try Self.decompress(bytes, step: step) == Self.text)
    // The same each time.
    #expect(try Scratch.compressed(Self.text, compression) == bytes)
  }

  @Test(arguments: [MediaType.Compression.gzip, .zstd])
  func manyParts(_ compression: MediaType.Compression) throws {
    let bytes = try (0..<5).flatMap { _ in try Scratch.compressed(Self.text, compression) }
    #expect(try Self.decompress(bytes) == (0..<5).flatMap { _ in Self.text })
  }

  private enum RareForm: CaseIterable {
    case xz, bzip2, none
  }

  private static func packed(_ bytes: [UInt8], _ form: RareForm) -> [UInt8] {
    let archive = archive_write_new()
    defer { archive_write_free(archive) }
    archive_write_set_format_raw(archive)
    archive_write_set_bytes_in_last_block(archive, 1)
    switch form {
    case .xz: archive_write_add_filter_xz(archive)
    case .bzip2: archive_write_add_filter_bzip2(archive)
    case .none: break
    }
    let entry = archive_entry_new()
    defer { archive_entry_free(entry) }
    archive_entry_set_filetype(entry, 0o100_000)  // S_IFREG
    let room = Buffer(2 * bytes.count)
    var used = 0
    #expect(archive_write_open_memory(archive, room.bytes.baseAddress, room.bytes.count, &used) == ARCHIVE_OK)
    #expect(archive_write_header(archive, entry) == ARCHIVE_OK)
    #expect(archive_write_data(archive, bytes, bytes.count) == bytes.count)
    #expect(archive_write_close(archive) == ARCHIVE_OK)
    return Array(room.bytes[..<used])
  }

  @Test(arguments: RareForm.allCases, [1, 1000, .max])
  private func rareForms(_ form: RareForm, _ step: Int) throws {
    func plain(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
      var result: [UInt8] = []
      try RareCompression(ByteArraySource(bytes, step: step), "file").forEach { result += $0 }
      return result
    }
    let bytes = Self.packed(Self.text, form)
    #expect(try plain(bytes) == Self.text)
    #expect(try plain(Array(bytes.prefix(3))).count <= 3)
    if form == .none { return }
    #expect(bytes.count < Self.text.count)
    #expect(throws: Failure.self) { try plain(Array(bytes.dropLast(bytes.count / 2))) }
    var changed = bytes
    changed[bytes.count / 2] ^= 0x55
    #expect(throws: Failure.self) { try plain(changed) }
  }

  @Test func zerosBehindGzip() throws {
    let bytes = try Scratch.compressed([1, 2, 3], .gzip) + [UInt8](repeating: 0, count: 512)
    #expect(try Self.decompress(bytes) == [1, 2, 3])
  }

  @Test(arguments: [MediaType.Compression.gzip, .zstd])
  func cut(_ compression: MediaType.Compression) throws {
    let bytes = try Scratch.compressed(Self.text, compression)
    for end in [7, bytes.count / 2, bytes.count - 1] {
      let error = #expect(throws: Failure.self) { try Self.decompress(Array(bytes[..<end])) }
      #expect(error?.description.contains("it ends too early") == true)
    }
  }

  @Test(arguments: [MediaType.Compression.gzip, .zstd])
  func broken(_ compression: MediaType.Compression) throws {
    var bytes = try Scratch.compressed(Self.text, compression)
    bytes[bytes.count / 2] ^= 0x55
    #expect(throws: Failure.self) { try Self.decompress(bytes) }
    let more = try Scratch.compressed(Self.text, compression) + Array("more".utf8)
    #expect(throws: Failure.self) { try Self.decompress(more) }
  }

  @Test(arguments: [
    ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0] as [UInt8]), ("bzip2", Array("BZh91AY".utf8)),
    ("zip", Array("PK\u{3}\u{4}xxx".utf8)),
  ])
  func otherForms(_ form: String, _ bytes: [UInt8]) {
    let error = #expect(throws: Failure.self) { try Self.decompress(bytes) }
    #expect(error?.description.contains("it is \(form)") == true)
  }

  @Test func digest() {
    #expect(
      StreamDigest.digest(of: Array("abc".utf8)).hex
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func queueKeepsOrderAndHearsOfFailure() throws {
    let queue = ByteQueue(capacity: 100)
    let thread = try Thread {
      var byte: UInt8 = 0
      for size in 1..<200 {
        let part = (0..<size).map { _ in
          byte &+= 1
          return byte
        }
        _ = try? part.withBytes { (bytes) throws(Failure) in try queue.write(bytes) }
      }
      queue.end()
    }
    let buffer = Buffer(33)
    var expected: UInt8 = 0
    var count = 0
    while true {
      let got = try queue.read(into: buffer.bytes)
      if got == 0 { break }
      for byte in buffer.bytes[..<got] {
        expected &+= 1
        #expect(byte == expected)
      }
      count += got
    }
    thread.join()
    #expect(count == 199 * 200 / 2)
    queue.fail(Failure("stop"))
    #expect(throws: Failure("stop")) {
      try [1, 2].withBytes { (bytes) throws(Failure) in try queue.write(bytes) }
    }
  }
}

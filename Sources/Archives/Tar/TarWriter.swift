import Runtime

/// An entry as it is written to an archive.
struct TarHeader {
  /// `S_IFREG` and the like as archives have it. Source: pax(1), "ustar Interchange Format", typeflag.
  enum Kind: UInt8 {
    case file = 0x30
    case hardLink, symbolicLink, characterDevice, blockDevice, folder, pipe
  }

  /// Without a slash at its beginning or, for folders, at its end.
  var path: [UInt8]
  var kind: Kind
  var permissions: UInt32 = 0o644
  var uid: UInt32 = 0
  var gid: UInt32 = 0
  /// In bytes, of files.
  var size: Int64 = 0
  /// Since the epoch.
  var seconds = 0
  var nanoseconds = 0
  /// What links lead to.
  var target: [UInt8] = []
  var device: (major: UInt32, minor: UInt32) = (0, 0)
  var attributes: [(name: String, value: [UInt8])] = []
}

/// Writes a pax archive. It is our own, not libarchive's, since a layer's digest must not change with the version of a
/// library: the same headers give the same bytes. Sources: pax(1), "pax Interchange Format" and "ustar Interchange
/// Format"; `SCHILY.xattr` is how star, GNU tar and all container engines write extended attributes.
final class TarWriter {
  private let sink: ByteSink
  private let buffer = Buffer(1 << 17)
  private var count = 0
  /// What is left of the file whose header was written last.
  private var left: Int64 = 0
  private var padding = 0

  init(to sink: @escaping ByteSink) { self.sink = sink }

  /// Writes an entry's header; of files, just as many bytes as it says must follow.
  func header(_ header: TarHeader) throws(Failure) {
    precondition(left == 0, "a file's bytes are missing")
    let path = header.path + (header.kind == .folder ? [0x2F] : [])
    let size = header.kind == .file ? header.size : 0
    let records = try Self.records(of: header, path)
    if !records.isEmpty {
      var extended = TarHeader(path: [], kind: .file)
      extended.size = Int64(records.count)
      try block(extended, Array("PaxHeaders.0/".utf8) + Self.shortName(path), type: 0x78)
      try records.withBytes { bytes throws(Failure) in try write(bytes) }
      try zeros((512 - records.count % 512) % 512)
    }
    try block(header, path, type: header.kind.rawValue)
    left = size
    padding = Int((512 - size % 512) % 512)
    if left == 0 { try zeros(padding) }
  }

  /// Writes the next bytes of a file.
  func data(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    precondition(bytes.count <= left, "more bytes than the header says")
    try write(bytes)
    left -= Int64(bytes.count)
    if left == 0 && !bytes.isEmpty { try zeros(padding) }
  }

  /// Fills what is left of a file with zeros: it has become shorter meanwhile.
  func fillUp() throws(Failure) {
    let zero = [UInt8](repeating: 0, count: 1 << 16)
    while left > 0 {
      let size = Int(min(left, Int64(zero.count)))
      try zero.withBytes { bytes throws(Failure) in
        try data(UnsafeRawBufferPointer(rebasing: bytes[..<size]))
      }
    }
  }

  /// A small file as a whole.
  func file(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    var header = TarHeader(path: Array(path.utf8), kind: .file)
    header.size = Int64(bytes.count)
    try self.header(header)
    try bytes.withBytes { bytes throws(Failure) in try data(bytes) }
  }

  /// Ends the archive.
  func finish() throws(Failure) {
    try zeros(1024)
    try flush()
  }

  // MARK: - Headers

  private static let largest: Int64 = 0o77_777_777_777
  private static let largestOwner: UInt32 = 0o7_777_777

  private func block(_ header: TarHeader, _ path: [UInt8], type: UInt8) throws(Failure) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Collection<UInt8>, _ at: Int, _ width: Int) {
      for (index, byte) in bytes.prefix(width).enumerated() { block[at + index] = byte }
    }
    func put(_ number: Int64, _ at: Int, digits: Int) {
      var rest = number
      for index in (at..<at + digits).reversed() {
        block[index] = 0x30 + UInt8(rest & 7)
        rest >>= 3
      }
    }
    put(Self.ascii(path), 0, 100)
    put(Int64(header.permissions & 0o7777), 100, digits: 7)
    put(header.uid <= Self.largestOwner ? Int64(header.uid) : 0, 108, digits: 7)
    put(header.gid <= Self.largestOwner ? Int64(header.gid) : 0, 116, digits: 7)
    put(header.kind == .file && header.size <= Self.largest ? header.size : 0, 124, digits: 11)
    put(max(0, min(Int64(header.seconds), Self.largest)), 136, digits: 11)
    put(repeatElement(0x20, count: 8), 148, 8)
    block[156] = type
    put(Self.ascii(header.target), 157, 100)
    put(Array("ustar".utf8) + [0, 0x30, 0x30], 257, 8)
    put(Int64(min(header.device.major, Self.largestOwner)), 329, digits: 7)
    put(Int64(min(header.device.minor, Self.largestOwner)), 337, digits: 7)
    put(block.reduce(0) { $0 + Int64($1) }, 148, digits: 6)
    block[154] = 0
    try block.withBytes { bytes throws(Failure) in try write(bytes) }
  }

  /// Names beyond ASCII are in records, where they are UTF-8, or at least bytes.
  private static func ascii(_ name: [UInt8]) -> [UInt8] { name.map { $0 < 0x80 ? $0 : 0x5F } }

  private static func fits(_ name: [UInt8]) -> Bool { name.count <= 100 && name.allSatisfy { $0 < 0x80 } }

  private static func shortName(_ path: [UInt8]) -> [UInt8] {
    let name = path.last == 0x2F ? Array(path.dropLast()) : path
    return Array(ascii(Array(name[EntryPath.lastName(in: name)...])).prefix(80))
  }

  private static func records(of header: TarHeader, _ path: [UInt8]) throws(Failure) -> [UInt8] {
    var records: [(key: String, value: [UInt8])] = []
    for attribute in header.attributes {
      if attribute.name.utf8.contains(0x3D) {
        throw Failure(
          "pack", EntryPath.text(path),
          reason: "the extended attribute \(attribute.name) has a `=` in its name")
      }
      records.append(("SCHILY.xattr." + attribute.name, attribute.value))
    }
    if header.gid > largestOwner { records.append(("gid", Array(String(header.gid).utf8))) }
    if header.uid > largestOwner { records.append(("uid", Array(String(header.uid).utf8))) }
    if !fits(header.target) { records.append(("linkpath", header.target)) }
    if !fits(path) { records.append(("path", path)) }
    if header.kind == .file && header.size > largest {
      records.append(("size", Array(String(header.size).utf8)))
    }
    if header.nanoseconds != 0 || header.seconds < 0 || Int64(header.seconds) > largest {
      records.append(("mtime", Array(time(header.seconds, header.nanoseconds).utf8)))
    }
    var text: [UInt8] = []
    for (key, value) in records.sorted(by: { $0.key < $1.key }) {
      let body = [0x20] + Array(key.utf8) + [0x3D] + value + [0x0A]
      // The length counts its own digits.
      var length = body.count + 1
      while String(length).utf8.count + body.count != length {
        length = String(length).utf8.count + body.count
      }
      text += Array(String(length).utf8) + body
    }
    return text
  }

  /// Decimal seconds, without zeros at their end.
  private static func time(_ seconds: Int, _ nanoseconds: Int) -> String {
    var (seconds, nanoseconds) = (seconds, nanoseconds)
    let isNegative = seconds < 0
    if isNegative {
      seconds = -seconds
      if nanoseconds > 0 { (seconds, nanoseconds) = (seconds - 1, 1_000_000_000 - nanoseconds) }
    }
    var text = (isNegative ? "-" : "") + String(seconds)
    if nanoseconds > 0 {
      var digits = String(nanoseconds)
      digits = String(repeating: "0", count: 9 - digits.count) + digits
      while digits.hasSuffix("0") { digits.removeLast() }
      text += "." + digits
    }
    return text
  }

  // MARK: - Bytes

  private func zeros(_ number: Int) throws(Failure) {
    if number == 0 { return }
    let zero = [UInt8](repeating: 0, count: number)
    try zero.withBytes { bytes throws(Failure) in try write(bytes) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    if bytes.isEmpty { return }
    // What is large goes through as it is.
    let isLarge = bytes.count > buffer.bytes.count / 2
    if isLarge || count + bytes.count > buffer.bytes.count { try flush() }
    if isLarge { return try sink(bytes) }
    (buffer.bytes.baseAddress! + count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    count += bytes.count
  }

  private func flush() throws(Failure) {
    if count == 0 { return }
    try sink(UnsafeRawBufferPointer(buffer.bytes[..<count].rebased))
    count = 0
  }
}

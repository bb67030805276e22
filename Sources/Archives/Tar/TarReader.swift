import CArchive
import Glibc
import Runtime

/// Reads a tar archive of any kind (ustar, pax, GNU, with holes and long names) as it comes. libarchive reads it;
/// names are bytes, and no locale is asked what they mean.
///
/// To be used in a thread whose locale is "C": in others libarchive brings the names of pax archives into another
/// normal form of Unicode, which names other files.
final class TarReader {
  private let archive: OpaquePointer
  private let window: TarWindow
  private let name: String

  /// - Parameter name: for errors only.
  init(_ source: any ByteSource, _ name: String) throws(Failure) {
    guard let archive = archive_read_new() else { throw Failure("read", name, errno: ENOMEM) }
    self.archive = archive
    self.name = name
    window = TarWindow(source)
    archive_read_support_format_tar(archive)
    archive_read_support_format_empty(archive)
    let opened = archive_read_open2(
      archive, Unmanaged.passUnretained(window).toOpaque(), nil,
      { _, window, bytes in
        guard let part = Unmanaged<TarWindow>.fromOpaque(window!).takeUnretainedValue().next() else {
          return -1
        }
        bytes!.pointee = part.baseAddress
        return part.count
      }, nil, nil)
    if opened != ARCHIVE_OK { throw failed() }
  }

  deinit { archive_read_free(archive) }

  private func failed() -> Failure {
    if let failure = window.failure { return failure }
    let text = archive_error_string(archive).map { String(cString: $0) } ?? "broken archive"
    return Failure("read", name, reason: text.prefix(1).lowercased() + text.dropFirst())
  }

  /// The next entry; nil at the end. It is valid until the next call.
  func next() throws(Failure) -> TarEntry? {
    var entry: OpaquePointer?
    let result = archive_read_next_header(archive, &entry)
    if result == ARCHIVE_EOF { return nil }
    // A warning is about names that are not text in this locale: their bytes are there.
    guard result == ARCHIVE_OK || result == ARCHIVE_WARN, let entry else { throw failed() }
    try window.checkNames(at: archive_read_header_position(archive))
    return try TarEntry(entry)
  }

  /// The next bytes of the entry's file, and where they belong; between them are holes. Nil at their end.
  func data() throws(Failure) -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
    var start: UnsafeRawPointer?
    var size = 0
    var offset: la_int64_t = 0
    let result = archive_read_data_block(archive, &start, &size, &offset)
    if result == ARCHIVE_EOF { return nil }
    if result != ARCHIVE_OK { throw failed() }
    return (UnsafeRawBufferPointer(start: start, count: size), offset)
  }

  /// All bytes of a small file.
  func text(_ entry: TarEntry, limit: Int) throws(Failure) -> [UInt8] {
    if entry.size > limit {
      throw Failure("read", EntryPath.text(entry.name), reason: "longer than \(limit) bytes")
    }
    var text = [UInt8](repeating: 0, count: Int(entry.size))
    while let (bytes, offset) = try data() {
      guard offset >= 0, offset <= entry.size - Int64(bytes.count) else { throw failed() }
      text.withUnsafeMutableBytes { $0[Int(offset)...].rebased.copyMemory(from: bytes) }
    }
    return text
  }
}

/// What an archive says of an entry.
struct TarEntry {
  let raw: OpaquePointer
  /// As it stands there.
  let name: UnsafePointer<CChar>
  /// What it is another name of.
  let hardLink: UnsafePointer<CChar>?

  init(_ raw: OpaquePointer) throws(Failure) {
    guard let name = archive_entry_pathname(raw) else {
      throw Failure("read archive", reason: "an entry without a name")
    }
    self.raw = raw
    self.name = name
    hardLink = archive_entry_hardlink(raw)
  }

  /// S_IFREG and the like.
  var kind: mode_t { archive_entry_filetype(raw) }
  /// With set-user-ID and the like.
  var permissions: mode_t { archive_entry_perm(raw) & 0o7777 }
  /// In bytes, holes and all.
  var size: Int64 { max(0, archive_entry_size(raw)) }
  /// What a symbolic link says.
  var linkText: UnsafePointer<CChar>? { archive_entry_symlink(raw) }
  var deviceMajor: UInt32 { UInt32(truncatingIfNeeded: archive_entry_rdevmajor(raw)) }
  var deviceMinor: UInt32 { UInt32(truncatingIfNeeded: archive_entry_rdevminor(raw)) }

  /// User and group; refused where the kernel has no such number.
  func owner() throws(Failure) -> (uid_t, gid_t) {
    guard let uid = uid_t(exactly: archive_entry_uid(raw)), let gid = gid_t(exactly: archive_entry_gid(raw)),
      uid != uid_t.max, gid != gid_t.max
    else {
      throw Failure(
        "unpack", EntryPath.text(name),
        reason: "impossible owner \(archive_entry_uid(raw)):\(archive_entry_gid(raw))")
    }
    return (uid, gid)
  }

  /// Of the last access and of the last change; where the archive says nothing of the access, it is that of the change.
  var times: [timespec] {
    let changed = Self.time(archive_entry_mtime(raw), archive_entry_mtime_nsec(raw))
    if archive_entry_atime_is_set(raw) == 0 { return [changed, changed] }
    return [Self.time(archive_entry_atime(raw), archive_entry_atime_nsec(raw)), changed]
  }

  /// Nanoseconds beyond a second mean something else to the kernel. Before 1970 libarchive gives both parts of a
  /// number without its sign, and makes only the first one negative.
  private static func time(_ seconds: time_t, _ nanoseconds: Int) -> timespec {
    guard (1..<1_000_000_000).contains(nanoseconds) else { return timespec(tv_sec: seconds, tv_nsec: 0) }
    if seconds < 0 { return timespec(tv_sec: seconds - 1, tv_nsec: 1_000_000_000 - nanoseconds) }
    return timespec(tv_sec: seconds, tv_nsec: nanoseconds)
  }

  /// Calls a function with each extended attribute.
  func attributes(
    _ body: (UnsafePointer<CChar>, UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    if archive_entry_xattr_reset(raw) == 0 { return }
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while archive_entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK, let name {
      try body(name, UnsafeRawBufferPointer(start: value, count: size))
    }
  }

  var hasAttributes: Bool { archive_entry_xattr_count(raw) > 0 }
}

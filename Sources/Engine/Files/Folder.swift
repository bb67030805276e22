import CShim
import Glibc
import Runtime

/// A name in a folder, as the kernel has it: bytes that need not be UTF-8, and a NUL.
struct FileName: Hashable, Sendable {
  let bytes: [CChar]

  init(_ text: String) { bytes = Array(text.utf8CString) }

  init(_ start: UnsafePointer<CChar>) {
    bytes = Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
  }

  /// A path to it.
  init(_ folder: String, _ name: FileName) { bytes = folder.utf8CString.dropLast() + [0x2F] + name.bytes }

  /// For errors only.
  var text: String { String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}

/// A folder that is held by a descriptor, and what is in it by single names: no link on the way leads elsewhere, be
/// it that somebody hostile changes the folder meanwhile.
struct Folder: ~Copyable {
  private let owned: OwnedFD
  /// For errors only.
  let path: String

  var raw: CInt { owned.raw }

  init(_ descriptor: consuming OwnedFD, _ path: String) {
    owned = descriptor
    self.path = path
  }

  /// Opens a folder of the host's by its path.
  init(host path: String) throws(Failure) {
    self.init(try Files.open(path, O_RDONLY | O_DIRECTORY), path)
  }

  /// The same folder by a descriptor of its own.
  func duplicate() -> Folder { Folder(OwnedFD(fcntl(raw, F_DUPFD_CLOEXEC, 3)), path) }

  func path(_ name: FileName) -> String { path + (path.hasSuffix("/") ? "" : "/") + name.text }

  /// Opens what a name stands for. The corresponding C function is `openat`.
  func open(_ name: FileName, _ flags: CInt, mode: mode_t = 0) throws(Failure) -> OwnedFD {
    while true {
      let descriptor = openat(raw, name.bytes, flags | O_CLOEXEC, mode)
      if descriptor >= 0 { return OwnedFD(descriptor) }
      if errno != EINTR { throw Failure("open", path(name), errno: errno) }
    }
  }

  /// A folder in this one; a link is refused.
  func folder(_ name: FileName) throws(Failure) -> Folder {
    Folder(try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path(name))
  }

  /// Resolves a path of which this folder is the root: neither `..` nor any link leads out of it.
  ///
  /// - Parameter flags: O_PATH and the like.
  func open(inRoot path: String, _ flags: CInt) throws(Failure) -> OwnedFD {
    let resolveInRoot: UInt64 = 0x10 | 0x02  // RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS
    while true {
      let descriptor = shim_openat2(raw, path, UInt64(flags | O_CLOEXEC), 0, resolveInRoot)
      if descriptor >= 0 { return OwnedFD(descriptor) }
      // A rename elsewhere while `..` was resolved.
      if descriptor != -EAGAIN && descriptor != -EINTR { throw Failure("open", path, errno: -descriptor) }
    }
  }

  /// Folders in this one, without any link.
  func open(beneath path: some Sequence<FileName>) throws(Failure) -> Folder {
    var folder = duplicate()
    for name in path { folder = try folder.folder(name) }
    return folder
  }

  /// What a name stands for; a link stands for itself.
  func status(_ name: FileName) throws(Failure) -> stat {
    var status = stat()
    if fstatat(raw, name.bytes, &status, AT_SYMLINK_NOFOLLOW) != 0 {
      throw Failure("look at", path(name), errno: errno)
    }
    return status
  }

  /// What the folder itself is.
  func status() throws(Failure) -> stat {
    var status = stat()
    if fstat(raw, &status) != 0 { throw Failure("look at", path, errno: errno) }
    return status
  }

  /// The names in it but `.` and `..`, in no order.
  func names() throws(Failure) -> [FileName] {
    // Another description: reading moves its place.
    let again = openat(raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard again >= 0, let stream = fdopendir(again) else {
      let code = errno
      if again >= 0 { close(again) }
      throw Failure("read folder", path, errno: code)
    }
    defer { closedir(stream) }
    let (here, above) = (FileName("."), FileName(".."))
    var names: [FileName] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { FileName($0) }
      }
      if name != here && name != above { names.append(name) }
    }
    return names
  }

  /// Whether nothing is in it.
  func isEmpty() throws(Failure) -> Bool { try names().isEmpty }

  /// O_PATH.
  static let pathOnly: CInt = 0o10_000_000
}

extension stat {
  /// S_IFDIR and the like.
  var kind: mode_t { st_mode & S_IFMT }
  /// Permissions, with those for set-user-ID and the like.
  var permissions: mode_t { st_mode & 0o7777 }
}

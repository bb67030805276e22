import CShim
import Glibc
import OCISpec

/// Whole-file reading and writing, with errors that name the file.
public enum Files {
  /// Opens a file; the descriptor is close-on-exec. The corresponding C function is `openat`.
  public static func open(
    _ path: String, _ flags: CInt, mode: mode_t = 0o600, in folder: CInt = AT_FDCWD
  ) throws(Failure) -> OwnedFD {
    while true {
      let descriptor = openat(folder, path, flags | O_CLOEXEC, mode)
      if descriptor >= 0 { return OwnedFD(descriptor) }
      if errno != EINTR { throw Failure("open", path, errno: errno) }
    }
  }

  /// Reads a file from its start to its end.
  ///
  /// Throws where it is longer than `limit` bytes.
  public static func read(_ path: String, limit: Int = 16 << 20, in folder: CInt = AT_FDCWD) throws(Failure)
    -> [UInt8]
  {
    let file = try open(path, O_RDONLY, in: folder)
    return try read(file.raw, path, limit: limit)
  }

  /// Reads an open file to its end; `path` is for errors only.
  public static func read(_ descriptor: CInt, _ path: String, limit: Int = 16 << 20) throws(Failure)
    -> [UInt8]
  {
    var status = stat()
    let expected = fstat(descriptor, &status) == 0 && status.st_size > 0 ? Int(status.st_size) + 1 : 4096
    var bytes: [UInt8] = []
    var capacity = min(expected, limit + 1)
    while true {
      let start = bytes.count
      var got = 0
      let room = capacity
      bytes.reserveCapacity(start + room)
      let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        repeat { got = Glibc.read(descriptor, buffer.baseAddress, room) } while got < 0 && errno == EINTR
        count = max(got, 0)
      }
      if got < 0 { throw Failure("read", path, errno: errno) }
      if got == 0 { return bytes }
      if start == 0 { bytes = chunk } else { bytes += chunk }
      if bytes.count > limit { throw Failure("read", path, reason: "longer than \(limit) bytes") }
      capacity = max(4096, expected - bytes.count)
    }
  }

  /// Writes bytes to a descriptor, all of them; `path` is for errors only.
  public static func write(_ bytes: some Collection<UInt8>, to descriptor: CInt, _ path: String)
    throws(Failure)
  {
    var failed: CInt = 0
    let whole: Void? = bytes.withContiguousStorageIfAvailable {
      failed = writeAll(descriptor, UnsafeRawBufferPointer($0))
    }
    if whole == nil { failed = Array(bytes).withUnsafeBytes { writeAll(descriptor, $0) } }
    if failed != 0 { throw Failure("write", path, errno: failed) }
  }

  /// Writes a file anew where it is: somebody has it bound elsewhere, and would not see another in its place.
  public static func overwrite(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    let file = try open(path, O_WRONLY | O_TRUNC)
    try write(bytes, to: file.raw, path)
  }

  private static func writeAll(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> CInt {
    var at = 0
    while at < bytes.count {
      let written = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
      if written < 0 {
        if errno == EINTR { continue }
        return errno
      }
      at += written
    }
    return 0
  }

  /// Writes an existing file in one write, as the kernel's own files want it.
  public static func set(_ path: String, _ value: String, in folder: CInt = AT_FDCWD) throws(Failure) {
    let file = try open(path, O_WRONLY, in: folder)
    var value = value
    let failed: CInt = value.withUTF8 { bytes in
      let written = Glibc.write(file.raw, bytes.baseAddress, bytes.count)
      return written < 0 ? errno : written == bytes.count ? 0 : EIO
    }
    if failed != 0 { throw Failure("write \(value) to", path, errno: failed) }
  }

  private static let temporaryFlags = UInt64(O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)

  static func openingTemporary(_ path: String, _ mode: mode_t) -> KernelCall {
    .openat(.current, path, temporaryFlags | UInt64(O_CLOEXEC), mode: mode)
  }

  /// Puts a whole file in place or none: written to a temporary beside it, then renamed over it.
  public static func replace(
    _ path: String, _ bytes: [UInt8], mode: mode_t = 0o600, telling listener: KernelCallListener = .nobody
  ) throws(Failure) {
    let temporary = path + "." + Decimal.text(getpid()) + ".tmp"
    var opened: CInt = -1
    do {
      let file = try open(temporary, CInt(temporaryFlags), mode: mode)
      listener.tell(openingTemporary(temporary, mode), file.raw)
      opened = file.raw
      try write(bytes, to: file.raw, path)
      listener.tell(.write(.number(file.raw), startOf: bytes), bytes.count)
    } catch {
      listener.tell(
        opened < 0 ? openingTemporary(temporary, mode) : .write(.number(opened), startOf: bytes),
        -(error.errno ?? EIO))
      unlink(temporary)
      throw Failure("write", path, reason: error.reason, errno: error.errno, hint: error.hint)
    }
    let renamed = rename(temporary, path)
    listener.tell(.rename(temporary, path), renamed < 0 ? -errno : 0)
    if renamed != 0 {
      let code = errno
      unlink(temporary)
      throw Failure("write", path, errno: code)
    }
  }

  /// Whether something is there, whatever it is.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether a path still leads to what was opened: somebody may have renamed or removed it meanwhile.
  public static func isInPlace(_ descriptor: CInt, _ path: String) -> Bool {
    var held = stat()
    var current = stat()
    return fstat(descriptor, &held) == 0 && stat(path, &current) == 0 && held.st_ino == current.st_ino
      && held.st_dev == current.st_dev
  }

  /// The names in a folder but `.` and `..`; none where it cannot be read.
  public static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// The absolute form of a path, without `.`, `..` and doubled slashes; links are not looked at.
  public static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return clean(path) }
    guard let current = getcwd(nil, 0) else { return clean("/" + path) }
    defer { free(current) }
    return clean(String(cString: current) + "/" + path)
  }

  /// An absolute path in its shortest form: `..` at the root stays at the root.
  public static func clean(_ path: String) -> String { cleanPath(path) }

  /// Makes a folder and those above it; folders that are there are left as they are.
  public static func makeFolders(
    _ path: String, mode: mode_t = 0o700, telling listener: KernelCallListener = .nobody
  ) throws(Failure) {
    func make() -> CInt {
      let result = mkdir(path, mode)
      listener.tell(.mkdir(path, mode: mode), result < 0 ? -errno : 0)
      return result
    }
    if make() == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw Failure("make folder", path, errno: errno)
    }
    try makeFolders(String(path[..<slash]), mode: mode, telling: listener)
    if make() != 0 && errno != EEXIST { throw Failure("make folder", path, errno: errno) }
  }
}

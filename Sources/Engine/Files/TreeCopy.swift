import CShim
import Glibc
import Runtime

/// Copies files and folders by descriptors, with owners, modes, extended attributes, times, holes and hard links.
/// Neither side's links are followed, whoever changes them meanwhile.
struct TreeCopy: ~Copyable {
  enum Owner: Equatable {
    case kept
    case given(uid_t, gid_t)
  }

  /// A file, whatever its names.
  private struct FileNumber: Hashable {
    let device: dev_t
    let inode: ino_t

    init(_ status: stat) {
      device = status.st_dev
      inode = status.st_ino
    }
  }

  /// So deep folders may be: each holds two descriptors.
  private static let mostDepth = 1000

  var owner = Owner.kept
  var keepsAttributes = true
  /// Whether device nodes are made.
  var makesDevices = true
  /// Told of what is left out, and why.
  var warn: (String) -> Void = { _ in }
  /// The bytes of the files that were copied.
  private(set) var bytes: Int64 = 0

  /// What is copied lies below it; for hard links.
  private let root: Folder
  /// The first place of each file that has several names, from the root on.
  private var places: [FileNumber: [FileName]] = [:]
  /// The uppermost folder that is filled. It may lie in what is copied, and is not copied into itself.
  private var own: FileNumber?

  /// - Parameter folder: what is copied to; its descriptor is duplicated.
  init(into folder: borrowing Folder) {
    root = folder.duplicate()
  }

  /// Does something that may hold as many descriptors as deep folders need.
  static func withManyDescriptors<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var usual = rlimit()
    getrlimit(resource, &usual)
    var raised = usual
    raised.rlim_cur = max(usual.rlim_cur, min(usual.rlim_max, 4096))
    setrlimit(resource, &raised)
    // What is started later inherits the usual one.
    defer { setrlimit(resource, &usual) }
    return try body()
  }

  /// Copies all that is in a folder into the root, and the folder's own owner, mode, attributes and times.
  mutating func copyFolder(_ source: borrowing Folder) throws(Failure) {
    let target = root.duplicate()
    try copyContents(of: source, to: target, [], depth: 0)
    try describe(source, target)
  }

  /// Copies one entry of a folder into the root.
  mutating func copy(_ name: FileName, in source: borrowing Folder, as newName: FileName) throws(Failure) {
    let target = root.duplicate()
    try copyEntry(name, in: source, as: newName, in: target, [newName], depth: 0)
  }

  /// Copies an open folder into the root: one that is there is filled.
  mutating func copy(folder: borrowing Folder, as newName: FileName) throws(Failure) {
    let target = root.duplicate()
    try copyFolder(folder, as: newName, in: target, [newName], depth: 0)
  }

  /// Copies an open file into the root.
  ///
  /// - Parameter file: opened with O_PATH.
  mutating func copy(file: borrowing OwnedFD, _ path: String, as newName: FileName) throws(Failure) {
    try makeRoom(newName, in: root, for: path)
    let target = root.duplicate()
    try copyFile(file, path, as: newName, in: target)
  }

  /// Copies an open file over another: that one keeps its names.
  ///
  /// - Parameters:
  ///   - file: opened with O_PATH.
  ///   - other: opened with O_PATH.
  mutating func overwrite(_ other: borrowing OwnedFD, with file: borrowing OwnedFD, _ path: String)
    throws(Failure)
  {
    let from = try Files.open("/proc/self/fd/\(file.raw)", O_RDONLY | O_NONBLOCK)
    let to = try Files.open("/proc/self/fd/\(other.raw)", O_WRONLY | O_TRUNC | O_NONBLOCK)
    let failed = shim_copy_data(from.raw, to.raw)
    if failed != 0 { throw Failure("copy", path, errno: -failed) }
    var status = stat()
    if fstat(from.raw, &status) == 0 { bytes += Int64(status.st_size) }
    try describe(from.raw, status, to.raw, path)
  }

  /// Copies what is in a folder into the root, and leaves the root as it is.
  mutating func copyContents(of source: borrowing Folder) throws(Failure) {
    own = FileNumber(try root.status())
    let target = root.duplicate()
    try copyContents(of: source, to: target, [], depth: 0)
  }

  private mutating func copyContents(
    of source: borrowing Folder, to target: borrowing Folder, _ place: [FileName], depth: Int
  ) throws(Failure) {
    if depth > Self.mostDepth {
      throw Failure(
        "copy", source.path, reason: "folders lie more than \(Self.mostDepth) deep in one another")
    }
    for name in try source.names() {
      do {
        try copyEntry(name, in: source, as: name, in: target, place + [name], depth: depth)
      } catch {
        // It went while we came to it.
        if error.errno == ENOENT, faccessat(source.raw, name.bytes, F_OK, AT_SYMLINK_NOFOLLOW) != 0 {
          continue
        }
        throw error
      }
    }
  }

  private mutating func copyEntry(
    _ name: FileName, in source: borrowing Folder, as newName: FileName, in target: borrowing Folder,
    _ place: [FileName], depth: Int
  ) throws(Failure) {
    let status = try source.status(name)
    switch status.kind {
    case S_IFDIR:
      try copyFolder(try source.folder(name), as: newName, in: target, place, depth: depth)
      return
    case S_IFBLK, S_IFCHR:
      if !makesDevices {
        warn("\(source.path(name)) is left out: it is a device")
        return
      }
    // As with tar: it is of use only to who made it.
    case S_IFSOCK: return
    default: break
    }
    try makeRoom(newName, in: target, for: source.path(name))
    if status.st_nlink > 1, link(status, newName, in: target) { return }
    switch status.kind {
    case S_IFREG:
      // Not opened before it is known to be a file: opening a device or a pipe does something.
      let file = try source.open(name, Folder.pathOnly | O_NOFOLLOW)
      try copyFile(file, source.path(name), as: newName, in: target)
    case S_IFLNK: try copyLink(name, status, in: source, as: newName, in: target)
    default: try copyNode(name, status, in: source, as: newName, in: target)
    }
    if status.st_nlink > 1 {
      places[FileNumber(status)] = place
    }
  }

  private mutating func copyFolder(
    _ from: borrowing Folder, as newName: FileName, in target: borrowing Folder, _ place: [FileName],
    depth: Int
  ) throws(Failure) {
    let status = try from.status()
    if own == FileNumber(status) { return }
    if mkdirat(target.raw, newName.bytes, 0o700) != 0 {
      guard errno == EEXIST else { throw Failure("make folder", target.path(newName), errno: errno) }
      if try target.status(newName).kind != S_IFDIR {
        throw Failure("cannot overwrite non-directory \(target.path(newName)) with directory \(from.path)")
      }
    }
    let to = try target.folder(newName)
    if own == nil { own = FileNumber(try to.status()) }
    try copyContents(of: from, to: to, place, depth: depth + 1)
    try describe(from, to)
  }

  /// Removes what is in the way, but no folder. What is mounted there stays.
  private func makeRoom(_ name: FileName, in target: borrowing Folder, for source: String) throws(Failure) {
    if unlinkat(target.raw, name.bytes, 0) == 0 { return }
    let code = errno
    if code == ENOENT || code == EBUSY { return }
    if code == EISDIR || (try? target.status(name).kind) == S_IFDIR {
      throw Failure("cannot overwrite directory \(target.path(name)) with non-directory \(source)")
    }
    throw Failure("replace", target.path(name), errno: code)
  }

  /// Makes another name of a file that was copied already; false where it was not, or cannot be linked.
  private func link(_ status: stat, _ name: FileName, in target: borrowing Folder) -> Bool {
    guard let place = places[FileNumber(status)] else { return false }
    guard let folder = try? root.open(beneath: place.dropLast()) else { return false }
    return linkat(folder.raw, place.last!.bytes, target.raw, name.bytes, 0) == 0
  }

  private mutating func copyFile(
    _ file: borrowing OwnedFD, _ path: String, as newName: FileName, in target: borrowing Folder
  ) throws(Failure) {
    var status = stat()
    guard fstat(file.raw, &status) == 0, status.kind == S_IFREG else {
      throw Failure("copy", path, reason: "it has changed meanwhile")
    }
    let from = try Files.open("/proc/self/fd/\(file.raw)", O_RDONLY | O_NONBLOCK)
    let to = try Self.make(newName, in: target)
    let failed = shim_copy_data(from.raw, to.raw)
    if failed != 0 { throw Failure("copy", path, errno: -failed) }
    bytes += Int64(status.st_size)
    try describe(from.raw, status, to.raw, target.path(newName))
  }

  /// Makes a file; where something is mounted on that name, that is written to.
  private static func make(_ name: FileName, in target: borrowing Folder) throws(Failure) -> OwnedFD {
    do {
      return try target.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    } catch  where error.errno == EEXIST {
      let file = try target.open(name, Folder.pathOnly | O_NOFOLLOW)
      var status = stat()
      guard fstat(file.raw, &status) == 0, status.kind == S_IFREG else { throw error }
      return try Files.open("/proc/self/fd/\(file.raw)", O_WRONLY | O_TRUNC)
    }
  }

  private func copyLink(
    _ name: FileName, _ status: stat, in source: borrowing Folder, as newName: FileName,
    in target: borrowing Folder
  ) throws(Failure) {
    var buffer = [CChar](repeating: 0, count: 4097)
    let length = readlinkat(source.raw, name.bytes, &buffer, 4096)
    guard length >= 0 else { throw Failure("read link", source.path(name), errno: errno) }
    if symlinkat(buffer, target.raw, newName.bytes) != 0 {
      throw Failure("make link", target.path(newName), errno: errno)
    }
    try describeEntry(name, status, in: source, newName, in: target)
  }

  private func copyNode(
    _ name: FileName, _ status: stat, in source: borrowing Folder, as newName: FileName,
    in target: borrowing Folder
  ) throws(Failure) {
    if mknodat(target.raw, newName.bytes, status.kind | 0o600, status.st_rdev) != 0 {
      throw Failure("make device or pipe", target.path(newName), errno: errno)
    }
    try describeEntry(name, status, in: source, newName, in: target)
  }
}

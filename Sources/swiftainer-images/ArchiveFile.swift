import Archives
import Glibc
import Runtime

/// Where an archive goes.
enum ArchiveFile {
  /// Writes a file whole or not at all; without a name, to standard output. Ends early where its task is cancelled.
  static func write(
    to path: String?, _ verb: String, _ body: (@escaping ByteSink) throws(Failure) -> Void
  ) throws {
    guard let path else {
      if isatty(STDOUT_FILENO) == 1 {
        throw Failure(
          verb, reason: "cowardly refusing to write an archive to a terminal", hint: "use -o, or redirect")
      }
      return try body(sink(STDOUT_FILENO, "standard output"))
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      // A device or a pipe takes what is written; a rename would put a file in its place.
      let file = try Files.open(path, O_WRONLY)
      return try body(sink(file.raw, path))
    }
    let draft = path + draftSuffix + "\(getpid())"
    removeDrafts(of: path)
    let file = try open(besides: path, draft)
    do {
      try body(sink(file.raw, path))
      try name(file.raw, path, draft)
    } catch {
      unlink(draft)
      throw error
    }
  }

  private static let draftSuffix = ".swiftainer-"

  /// A file without a name, so that nothing is left where this process is killed; a draft where the file system has no
  /// such files.
  private static func open(besides path: String, _ draft: String) throws(Failure) -> OwnedFD {
    // O_TMPFILE, which Swift does not know. Source: the kernel's include/uapi/asm-generic/fcntl.h.
    let unnamed = O_DIRECTORY | 0o20_000_000
    if let file = try? Files.open(folder(of: path), O_WRONLY | unnamed, mode: 0o600) { return file }
    return try Files.open(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
  }

  /// Puts what was written in its place, where something else may be.
  private static func name(_ file: CInt, _ path: String, _ draft: String) throws(Failure) {
    func link(_ target: String) -> CInt {
      linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno
    }
    var status = stat()
    if fstat(file, &status) == 0, status.st_nlink == 0 {
      let failed = link(path)
      if failed == 0 { return }
      // Only a name can take the place of another.
      let again = failed == EEXIST ? link(draft) : failed
      if again != 0 { throw Failure("write", path, errno: again) }
    }
    if rename(draft, path) != 0 { throw Failure("write", path, errno: errno) }
  }

  /// Those of processes that were killed.
  private static func removeDrafts(of path: String) {
    let folder = folder(of: path)
    let prefix = (path.split(separator: "/").last.map(String.init) ?? "") + draftSuffix
    for name in Files.names(in: folder) where name.hasPrefix(prefix) {
      guard let pid = pid_t(name.dropFirst(prefix.count)), kill(pid, 0) != 0, errno == ESRCH else { continue }
      unlink(folder + "/" + name)
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func sink(_ descriptor: CInt, _ name: String) -> ByteSink {
    { bytes throws(Failure) in
      if Task.isCancelled { throw Failure("write", name, reason: "interrupted") }
      try Files.write(bytes, to: descriptor, name)
    }
  }
}

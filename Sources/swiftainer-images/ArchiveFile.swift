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
    let draft = path + ".swiftainer-\(getpid())"
    let file = try Files.open(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    do {
      try body(sink(file.raw, path))
      if rename(draft, path) != 0 { throw Failure("write", path, errno: errno) }
    } catch {
      unlink(draft)
      throw error
    }
  }

  private static func sink(_ descriptor: CInt, _ name: String) -> ByteSink {
    { bytes throws(Failure) in
      if Task.isCancelled { throw Failure("write", name, reason: "interrupted") }
      try Files.write(bytes, to: descriptor, name)
    }
  }
}

import Glibc

/// The files of a log: `container.log` and, from newer to older, `container.log.1`, `container.log.2` and so on.
///
/// A file that has been renamed is never written to again. Whoever reads along finds it by its inode, and the next
/// lines in the file one number below.
enum LogFiles {
  static let name = "container.log"
  static let mode: mode_t = 0o640

  static func path(_ index: Int, in folder: String) -> String {
    folder + "/" + name + (index == 0 ? "" : "." + Decimal.text(index))
  }

  /// Opens the newest file to write at its end, and makes it where there is none.
  ///
  /// - Throws: `Failure` where that is impossible.
  static func open(in folder: String) throws(Failure) -> OwnedFD {
    let path = path(0, in: folder)
    let file = try Files.open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, mode: mode)
    let size = size(of: file.raw)
    var last: UInt8 = 0x0A
    // Torn by a crash: what comes next begins a line of its own.
    if size > 0, pread(file.raw, &last, 1, size - 1) == 1, last != 0x0A {
      last = 0x0A
      _ = Glibc.write(file.raw, &last, 1)
    }
    return file
  }

  static func size(of file: CInt) -> Int {
    var status = stat()
    return fstat(file, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Moves every file one number up, so that at most `count` remain, and returns a new, empty first one.
  ///
  /// Killed at any instant, this leaves all lines where they are found: in files of one number or another, at worst with
  /// a number that is missing, or without a first file.
  ///
  /// - Throws: `Failure` where no file can be made; the files are then as they were, but for the oldest one.
  static func rotate(in folder: String, keeping count: Int) throws(Failure) -> OwnedFD {
    // The oldest goes first: on a disk that is full, the new one needs its room.
    if count > 1 { unlink(path(count - 1, in: folder)) }
    let first = path(0, in: folder)
    let new = first + ".new"
    let file = try Files.open(new, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, mode: mode)
    var index = count - 1
    // From the oldest: each takes a place that is free.
    while index > 0 {
      rename(path(index - 1, in: folder), path(index, in: folder))
      index -= 1
    }
    if rename(new, first) != 0 { throw Failure("rotate", first, errno: errno) }
    return file
  }
}

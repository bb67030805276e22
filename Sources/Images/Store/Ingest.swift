import Glibc
import OCISpec
import Runtime

/// A content that is being written. Nobody else writes the same one meanwhile.
///
/// What is written of a content whose digest is known stays when this ends without `finish`, be it that the process is
/// killed, and whoever wants that content next can go on from there. Where no room is left, it does not stay.
public struct Ingest: ~Copyable, Sendable {
  /// How many bytes are there; to begin with, those an interrupted one has left.
  public private(set) var size: Int64
  private let file: OwnedFD
  private let path: String
  private let store: ImageStore
  /// Nil where the content shows it.
  private let expected: Digest?
  /// In bytes; nil where it is not known.
  private let expectedSize: Int64?
  private var fate: Fate

  private enum Fate {
    /// What is there stays when this ends.
    case resumable
    case removed
    /// It is in place, or removed already.
    case settled
  }

  init(
    _ file: consuming OwnedFD, _ path: String, size: Int64, store: ImageStore, expected: Digest?,
    expectedSize: Int64?
  ) {
    self.file = file
    self.path = path
    self.size = size
    self.store = store
    self.expected = expected
    self.expectedSize = expectedSize
    fate = expected == nil ? .removed : .resumable
  }

  deinit {
    // Its lock is still held: who waits for it sees that it is gone, and makes another.
    if fate == .removed || fate == .resumable && size == 0 { unlink(path) }
  }

  /// For reading what is there: `pread`, or a map. Its place in the file is nobody's business.
  public var raw: CInt { file.raw }

  /// Adds bytes at the end.
  ///
  /// Throws where there are more than there must be, and where the file system has no room.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    if let expectedSize, size + Int64(bytes.count) > expectedSize {
      fate = .removed
      throw Failure("write", name, reason: "it is longer than the \(expectedSize) bytes it must have")
    }
    var rest = bytes
    while !rest.isEmpty {
      let written = pwrite(file.raw, rest.baseAddress, rest.count, off_t(size))
      if written < 0 {
        let code = errno
        if code == EINTR { continue }
        if DurableFile.isFull(code) { fate = .removed }
        throw Failure("write", name, errno: code)
      }
      size += Int64(written)
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Forgets all but so many bytes: where the other end cannot go on in the middle, or what was there is wrong.
  public mutating func truncate(to size: Int64 = 0) throws(Failure) {
    if ftruncate(file.raw, off_t(size)) != 0 { throw Failure("truncate", path, errno: errno) }
    self.size = size
  }

  /// Writes the content to the disk and puts it in place.
  ///
  /// - Parameter digest: of all that was written; who writes reckons it on the way. Where another one was expected,
  ///   this throws, and nothing is left that somebody might go on with.
  public consuming func finish(_ digest: Digest) throws(Failure) {
    let kept = fate
    fate = .removed
    if let expected, digest != expected {
      throw Failure("check", "\(expected)", reason: "its content has the digest \(digest)")
    }
    if let expectedSize, size != expectedSize {
      throw Failure("check", "\(digest)", reason: "it has \(size) bytes instead of \(expectedSize)")
    }
    // Over one that is there already, perhaps: that may be damaged. A rename must not reach the disk before its content.
    try DurableFile.sync(file.raw, name)
    let target = store.path(of: digest)
    if rename(path, target) != 0 {
      let code = errno
      if !DurableFile.isFull(code) { fate = kept }
      throw Failure("write", target, errno: code)
    }
    fate = .settled
    try DurableFile.syncFolder(of: target)
  }

  /// Removes what was written.
  public consuming func discard() { fate = .removed }

  /// For errors.
  private var name: String { expected.map(\.description) ?? path }
}

/// Whose turn it is to write a content.
public enum IngestTurn: ~Copyable {
  /// Nobody's: it is there.
  case isThere
  /// Somebody else is at it.
  case isBusy
  case mine(Ingest)
}

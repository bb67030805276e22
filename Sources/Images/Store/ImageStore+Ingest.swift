import Glibc
import OCISpec
import Runtime

extension ImageStore {
  /// Begins to write a content, or goes on where an interrupted one has ended. Waits while somebody else writes it.
  ///
  /// - Returns: nil where it is there.
  public func ingest(_ descriptor: Descriptor) throws(Failure) -> Ingest? {
    switch try turn(descriptor, isWaiting: true) {
    case .mine(let ingest): return ingest
    case .isThere: return nil
    case .isBusy: return nil
    }
  }

  /// Begins to write a content where nobody else is at it. Never waits.
  public func tryIngest(_ descriptor: Descriptor) throws(Failure) -> IngestTurn {
    try turn(descriptor, isWaiting: false)
  }

  private func turn(_ descriptor: Descriptor, isWaiting: Bool) throws(Failure) -> IngestTurn {
    let path = drafts + "/" + descriptor.digest.hex
    while true {
      // What is there in another size is damaged, and is replaced.
      if contains(descriptor) { return .isThere }
      let file = try draft(path, O_CREAT)
      if isWaiting {
        try FileLock.lock(file.raw, LOCK_EX, path)
      } else if try !FileLock.tryLock(file.raw, LOCK_EX, path) {
        return .isBusy
      }
      // Who had it before has put it in place, or given it up.
      if !Files.isInPlace(file.raw, path) { continue }
      if contains(descriptor) {
        unlink(path)
        return .isThere
      }
      var status = stat()
      if fstat(file.raw, &status) != 0 { throw Failure("look at", path, errno: errno) }
      var ingest = Ingest(
        file, path, size: Int64(status.st_size), store: self, expected: descriptor.digest,
        expectedSize: descriptor.size)
      if ingest.size > descriptor.size { try ingest.truncate() }
      return .mine(ingest)
    }
  }

  /// Begins to write a content whose digest is not known yet.
  public func ingest() throws(Failure) -> Ingest {
    let path = drafts + "/" + DurableFile.draftName()
    let file = try draft(path, O_CREAT | O_EXCL)
    // So that nobody takes it for one that was left behind.
    try FileLock.lock(file.raw, LOCK_EX, path)
    return Ingest(file, path, size: 0, store: self, expected: nil, expectedSize: nil)
  }

  private func draft(_ path: String, _ flags: CInt) throws(Failure) -> OwnedFD {
    do throws(Failure) {
      return try Files.open(path, O_RDWR | O_NOFOLLOW | flags, mode: 0o644)
    } catch {
      if error.errno != ENOENT { throw error }
    }
    // The first one.
    try prepare()
    return try Files.open(path, O_RDWR | O_NOFOLLOW | flags, mode: 0o644)
  }
}

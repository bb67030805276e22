import Glibc
import OCISpec
import Runtime

extension ImageStore {
  /// What `index.json` says; empty where there is no store yet.
  func readIndex() throws(Failure) -> ImageIndex {
    let hint = "swiftainer system check repairs it"
    guard let bytes = try indexBytes() else { return ImageIndex(manifests: []) }
    do throws(SpecError) {
      return try ImageIndex(json: JSONDocument(bytes, name: indexFile).root)
    } catch {
      throw Failure("read", indexFile, reason: "\(error)", hint: hint)
    }
  }

  /// Nil where there is no store yet.
  private func indexBytes() throws(Failure) -> [UInt8]? {
    // The index is written first: where there is no layout now, there may be neither.
    let isLayout = Files.exists(layoutFile)
    do throws(Failure) {
      return try Files.read(indexFile)
    } catch {
      if error.errno != ENOENT || isLayout { throw error }
      return nil
    }
  }

  func writeIndex(_ index: ImageIndex) throws(Failure) {
    try DurableFile.replace(indexFile, index.json(), drafts: drafts)
  }

  /// Waits for the right to change `index.json`. It can be read without.
  func holdIndex() throws(Failure) -> OwnedFD {
    let path = folder + "/index.lock"
    let file = try Files.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644)
    try FileLock.lock(file.raw, LOCK_EX, path)
    return file
  }

  /// Changes `index.json`, as the only one who does.
  func changeIndex<Result>(_ body: (inout ImageIndex) throws -> Result) throws -> Result {
    try prepare()
    let lock = try holdIndex()
    defer { flock(lock.raw, LOCK_UN) }
    let old = try readIndex()
    var index = old
    let result = try body(&index)
    if index != old { try writeIndex(index) }
    return result
  }
}

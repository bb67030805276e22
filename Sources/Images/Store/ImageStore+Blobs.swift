import Glibc
import OCISpec
import Runtime

extension ImageStore {
  /// Where a content is, or would be; absolute.
  public func path(of digest: Digest) -> String { blobs + "/" + digest.hex }

  /// Whether a content is there. What is there is whole.
  public func contains(_ digest: Digest) -> Bool { Files.exists(path(of: digest)) }

  /// Whether a content is there in the size it must have.
  public func contains(_ descriptor: Descriptor) -> Bool { size(of: descriptor.digest) == descriptor.size }

  /// In bytes; nil where it is not there.
  func size(of digest: Digest) -> Int64? {
    var status = stat()
    guard stat(path(of: digest), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int64(status.st_size)
  }

  /// Opens a content for reading.
  public func open(_ digest: Digest) throws(Failure) -> OwnedFD { try Files.open(path(of: digest), O_RDONLY) }

  /// Reads a short content. It is not checked.
  ///
  /// - Parameter limit: in bytes.
  public func read(_ digest: Digest, limit: Int = Self.textLimit) throws(Failure) -> [UInt8] {
    try Files.read(path(of: digest), limit: limit)
  }

  /// The longest manifest or configuration that is read: 4 MiB, as registries have it.
  public static let textLimit = 4 << 20

  /// Reads a manifest or configuration, and checks that it is what its digest says. What is not is `damaged`.
  ///
  /// - Parameter size: in bytes; nil where it is not known.
  func value<T: JSONReadable>(
    _ type: T.Type = T.self, of digest: Digest, size: Int64? = nil
  ) throws(Failure) -> T {
    let bytes = try text(of: digest, size: size)
    do throws(SpecError) {
      return try T(json: JSONDocument(bytes, name: path(of: digest)).root)
    } catch {
      throw Self.damage(digest, "\(error)")
    }
  }

  /// Reads a manifest or configuration as it is. What is not there, or not what its digest says, is `damaged`.
  ///
  /// - Parameter size: in bytes; nil where it is not known.
  public func text(of digest: Digest, size: Int64? = nil) throws(Failure) -> [UInt8] {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try read(digest)
    } catch {
      if error.errno == ENOENT { throw Self.damage(digest, "it is not there") }
      // Longer than any such text.
      if error.errno == nil { throw Self.damage(digest, error.reason ?? "") }
      throw error
    }
    if let size, size != Int64(bytes.count) {
      throw Self.damage(digest, "it has \(bytes.count) bytes instead of \(size)")
    }
    let found = ShortHash.digest(of: bytes)
    if found != digest { throw Self.damage(digest, "its content has the digest \(found)") }
    return bytes
  }

  static func damage(_ digest: Digest, _ reason: String) -> Failure {
    var failure = Failure("read", "\(digest)", reason: reason, hint: "pull its image again")
    failure.kind = .damaged
    return failure
  }

  /// Takes away a content that has turned out to be damaged, so that it can come again.
  public func discard(_ digest: Digest) { unlink(path(of: digest)) }

  /// Puts a manifest or configuration in place.
  public func add(_ bytes: [UInt8], mediaType: String) throws(Failure) -> Descriptor {
    let digest = ShortHash.digest(of: bytes)
    let descriptor = Descriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
    if (try? read(digest)) == bytes { return descriptor }
    try prepare()
    try DurableFile.replace(path(of: digest), bytes, drafts: drafts)
    return descriptor
  }
}

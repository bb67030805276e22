import Glibc
import Images
import OCISpec
import Runtime

/// Where the contents of image archives go to, and come from.
public protocol BlobStore {
  /// Begins a content.
  ///
  /// - Parameter blob: its digest and its size; nil where they are not known yet.
  /// - Returns: nil where it is there already.
  func begin(_ blob: Descriptor?) throws(Failure) -> (any BlobWriter)?
  /// Its size in bytes; nil where it is not there.
  func blobSize(_ digest: Digest) -> Int64?
  /// Opens a content for reading.
  func open(_ digest: Digest) throws(Failure) -> OwnedFD
  /// A short content.
  func read(_ digest: Digest, limit: Int) throws(Failure) -> [UInt8]
}

/// A content that is being written. Given up, nothing of it is seen in the store.
public protocol BlobWriter: AnyObject {
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure)
  /// Puts it in place.
  ///
  /// - Parameter digest: of all that was written. Throws where another one was expected.
  func finish(_ digest: Digest) throws(Failure)
}

extension ImageStore: BlobStore {
  public func begin(_ blob: Descriptor?) throws(Failure) -> (any BlobWriter)? {
    guard let blob else { return IngestWriter(try ingest()) }
    // What may be a manifest or a configuration is checked by who reads it: nobody could read a damaged one.
    if contains(blob), blob.size <= Int64(Self.textLimit) {
      do throws(Failure) {
        _ = try text(of: blob.digest)
      } catch {
        // One that cannot be read just now may be whole, and the archive may be cut short.
        if error.kind != .damaged { throw error }
        discard(blob.digest)
      }
    }
    guard var begun = try ingest(blob) else { return nil }
    // An archive begins at the beginning.
    if begun.size > 0 { try begun.truncate() }
    return IngestWriter(begun)
  }

  public func blobSize(_ digest: Digest) -> Int64? {
    var status = stat()
    return stat(path(of: digest), &status) == 0 ? Int64(status.st_size) : nil
  }
}

private final class IngestWriter: BlobWriter {
  private var ingest: Ingest?

  init(_ ingest: consuming Ingest) { self.ingest = consume ingest }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try ingest!.write(bytes) }

  func finish(_ digest: Digest) throws(Failure) {
    let done = ingest.take()!
    try done.finish(digest)
  }

  // What an archive had begins anew the next time.
  deinit { ingest.take()?.discard() }
}

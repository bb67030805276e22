import Glibc
import OCISpec
import Runtime

/// A layer that is being unpacked. Nobody else unpacks the same one meanwhile. It goes with this value, unless it is
/// published.
public struct LayerDraft: ~Copyable, Sendable {
  public let chain: Digest
  /// Of the draft, whose lock says that somebody is at it.
  private let opened: OwnedFD
  /// The draft's folder; absolute.
  private let draft: String
  /// `fs`, which the layer's files go into. Its permissions are 0755, unless the archive says otherwise.
  public let folder: OwnedFD
  private let layers: Layers
  private var isPublished = false

  init(
    _ opened: consuming OwnedFD, _ draft: String, _ chain: Digest, _ layers: Layers
  ) throws(Failure) {
    let path = draft + "/fs"
    // Of one who was killed: its lock is ours now.
    for name in Files.names(in: draft) {
      unlink(draft + "/" + name)
      ScratchFolder.remove(draft + "/" + name)
    }
    if mkdir(path, 0o755) != 0 {
      let code = errno
      ScratchFolder.remove(draft)
      throw Failure("make folder", path, errno: code)
    }
    do throws(Failure) {
      folder = try Files.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    } catch {
      ScratchFolder.remove(draft)
      throw error
    }
    // Whatever the mask is.
    fchmod(folder.raw, 0o755)
    self.opened = opened
    self.draft = draft
    self.chain = chain
    self.layers = layers
  }

  deinit {
    if !isPublished { ScratchFolder.remove(draft) }
  }

  /// Of `fs`; absolute.
  public var path: String { draft + "/fs" }

  /// Puts the layer in place whole. It is there for all; that it outlives the machine is `Layers.settle`.
  ///
  /// - Parameters:
  ///   - diffID: of the archive without compression; who unpacks has checked it.
  ///   - digest: of the archive as it came.
  ///   - size: what the files take, in bytes.
  ///   - parent: the chain ID of the layer below; nil for the lowest.
  public consuming func publish(diffID: Digest, digest: Digest, size: Int64, parent: Digest?) throws(Failure)
  {
    let layer = StoredLayer(chain: chain, diffID: diffID, digest: digest, size: size, parent: parent)
    let path = StoredLayer.file(draft)
    let file = try Files.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
    try Files.write(layer.json(), to: file.raw, path)
    try layers.mark(draft)
    let place = layers.folder(of: chain)
    // Something without a `layer.json` is none.
    if Files.exists(place) { try layers.remove(chain) }
    if rename(draft, place) != 0 { throw Failure("make layer", place, errno: errno) }
    isPublished = true
    _ = try layers.link(to: chain)
  }
}

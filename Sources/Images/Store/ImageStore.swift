import Glibc
import OCISpec
import Runtime

/// The images of this machine: an OCI image layout, and beside it the layers as they are mounted.
///
/// Whatever instant a process is killed at, the store is whole: contents and layers are renamed into place when all of
/// them is there and on the disk, `index.json` is replaced as one file, and a tag is written after all it needs. What
/// is left of the killed is unreachable, and goes with the next `collect`.
///
/// Source: image-spec 1.1, image-layout.md.
public struct ImageStore: Sendable {
  /// The layout; absolute.
  public let folder: String
  public let layers: Layers

  /// - Parameters:
  ///   - images: the layout's folder; absolute.
  ///   - layers: the folder of unpacked layers; absolute.
  public init(images: String, layers: String) {
    folder = images
    self.layers = Layers(folder: layers)
  }

  var blobs: String { folder + "/blobs/sha256" }
  /// What is being written; on the same file system, so that it can be renamed into place.
  var drafts: String { folder + "/ingest" }
  var indexFile: String { folder + "/index.json" }
  var layoutFile: String { folder + "/oci-layout" }

  /// Makes the folders, and the two files that make a layout of them.
  func prepare() throws(Failure) {
    for path in [blobs, drafts] { try Files.makeFolders(path, mode: 0o710) }
    try layers.prepare()
    if Files.exists(layoutFile) { return }
    let lock = try holdIndex()
    defer { flock(lock.raw, LOCK_UN) }
    // The index first: where the layout's file is and the index is not, the index has been lost.
    if Files.exists(layoutFile) { return }
    if !Files.exists(indexFile) { try writeIndex(ImageIndex(manifests: [])) }
    try DurableFile.replace(layoutFile, Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), drafts: drafts)
  }

  /// Takes the store for a purpose, and waits until that is possible.
  public func hold(_ purpose: StorePurpose) throws(Failure) -> StoreLock {
    try prepare()
    return StoreLock(try FileLock.hold(folder, purpose.operation))
  }

  /// The same without waiting: nil where somebody else is at what excludes it.
  public func tryHold(_ purpose: StorePurpose) throws(Failure) -> StoreLock? {
    try prepare()
    guard let file = try FileLock.tryHold(folder, purpose.operation) else { return nil }
    return StoreLock(file)
  }
}

/// What a process is about to do with the store.
public enum StorePurpose: Sendable {
  /// Adding, or using what is there: from the look whether it is there, until a tag or a container keeps it. Others
  /// may be at it too.
  case adding
  /// Removing what nobody reaches. Nobody else may be at it.
  case collecting

  var operation: CInt {
    switch self {
    case .adding: LOCK_SH
    case .collecting: LOCK_EX
    }
  }
}

/// The store taken for a purpose as long as this value lives; the kernel frees it with its process.
public struct StoreLock: ~Copyable, Sendable {
  private let file: OwnedFD

  init(_ file: consuming OwnedFD) { self.file = file }

  /// Said, and not left to the descriptor's end: a child that another thread forks has a copy of it until it executes.
  deinit { flock(file.raw, LOCK_UN) }

  /// Lets others at it now, and not when this value's life ends.
  public consuming func release() {}

  /// Does nothing, but to a value that is still alive.
  func stay() {}
}

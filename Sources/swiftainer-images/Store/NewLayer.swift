import Archives
import Glibc
import Images
import OCISpec
import Runtime

/// A layer that is made on this machine.
struct NewLayer {
  let descriptor: Descriptor
  let diffID: Digest

  /// Packs a folder into the store.
  ///
  /// - Parameter folder: its path.
  static func pack(
    _ folder: String, _ form: LayerPacker.Form, leavingOut: Set<String>, into store: ImageStore
  ) throws -> NewLayer {
    var packer = LayerPacker()
    packer.form = form
    packer.compression = .gzip
    packer.leftOut = leavingOut
    let opened = try Files.open(folder, O_RDONLY | O_DIRECTORY)
    let writer = try store.begin(nil)!
    let packed = try packer.pack(opened.raw, name: folder) { bytes throws(Failure) in
      if Task.isCancelled { throw Failure("pack", folder, reason: "interrupted") }
      try writer.write(bytes)
    }
    try writer.finish(packed.digest)
    return NewLayer(
      descriptor: Descriptor(mediaType: MediaType.layerGzip, digest: packed.digest, size: packed.size),
      diffID: packed.diffID)
  }

  /// Takes an archive as it is into the store.
  static func take(_ source: any ByteSource, name: String, into store: ImageStore) throws -> NewLayer {
    let kept = KeptSource(source, try store.begin(nil)!)
    let (diffID, compression) = try LayerUnpacker.look(at: kept, name: name)
    // What stands behind the end of what was compressed belongs to the layer as it came.
    try kept.forEach { _ in }
    let digest = kept.whole.digest()
    try kept.writer.finish(digest)
    return NewLayer(
      descriptor: Descriptor(mediaType: compression.layerType, digest: digest, size: kept.whole.count),
      diffID: diffID)
  }
}

extension ImageStore {
  /// Makes an image of layers that are in the store, and unpacks what is not.
  ///
  /// - Returns: the image; nothing tells of it yet but its digest.
  func make(_ config: ImageConfig, _ layers: [Descriptor]) throws -> StoredImage {
    var writer = JSONWriter(.compact)
    config.write(to: &writer)
    let configuration = try add(writer.bytes, mediaType: MediaType.config)
    writer = JSONWriter(.compact)
    ImageManifest(config: configuration, layers: layers).write(to: &writer)
    let image = try image(add(writer.bytes, mediaType: MediaType.manifest))
    try unpack(image)
    return image
  }
}

/// What is read goes into the store as it is, so that nobody has to read it again.
private final class KeptSource: ByteSource {
  private let source: any ByteSource
  let writer: any BlobWriter
  private(set) var whole = StreamDigest()

  init(_ source: any ByteSource, _ writer: any BlobWriter) {
    self.source = source
    self.writer = writer
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let got = try source.read(into: buffer)
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<got])
    whole.update(bytes)
    try writer.write(bytes)
    return got
  }
}

extension MediaType.Compression {
  fileprivate var layerType: String {
    switch self {
    case .none: MediaType.layer
    case .gzip: MediaType.layerGzip
    case .zstd: MediaType.layerZstd
    }
  }
}

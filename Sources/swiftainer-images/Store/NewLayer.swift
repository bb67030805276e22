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
    let writer = try store.begin(nil)!
    var whole = StreamDigest()
    try source.forEach { bytes throws(Failure) in
      whole.update(bytes)
      try writer.write(bytes)
    }
    let digest = whole.digest()
    try writer.finish(digest)
    let file = try store.open(digest)
    let (diffID, compression) = try LayerUnpacker.look(at: DescriptorSource(file.raw, name), name: name)
    return NewLayer(
      descriptor: Descriptor(mediaType: compression.layerType, digest: digest, size: whole.count),
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

extension MediaType.Compression {
  fileprivate var layerType: String {
    switch self {
    case .none: MediaType.layer
    case .gzip: MediaType.layerGzip
    case .zstd: MediaType.layerZstd
    }
  }
}

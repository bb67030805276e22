import Glibc
import Images
import OCISpec
import Runtime

/// Writes images as one archive that is an OCI layout and a docker-archive at once, so that every engine can load it.
public struct ImageArchiveWriter<Store: BlobStore> {
  /// An image as `save` was asked for it.
  public struct Image: Sendable {
    /// Of its manifest, or of an index.
    public var manifest: Descriptor
    /// The names that it is to have; none are needed.
    public var references: [ImageReference]

    public init(manifest: Descriptor, references: [ImageReference]) {
      self.manifest = manifest
      self.references = references
    }
  }

  private let store: Store
  private let limit = ImageArchiveLimits().text

  public init(from store: Store) { self.store = store }

  /// Writes the archive: the same images give the same bytes.
  public func write(_ images: [Image], to sink: @escaping ByteSink) throws(Failure) {
    var blobs: [Digest: Int64] = [:]
    var docker: [DockerArchiveImage] = []
    for image in images { try collect(image.manifest, image.references, &blobs, &docker, depth: 0) }
    let writer = TarWriter(to: sink)
    for folder in ["blobs", "blobs/sha256"] {
      try writer.header(TarHeader(path: Array(folder.utf8), kind: .folder, permissions: 0o755))
    }
    for (digest, size) in blobs.sorted(by: { $0.key.hex < $1.key.hex }) { try copy(digest, size, to: writer) }
    try writer.file("index.json", index(of: images).json())
    var text = JSONWriter()
    text.array { text in for image in docker { image.write(to: &text) } }
    try writer.file("manifest.json", text.bytes)
    try writer.file("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    try writer.finish()
  }

  /// An entry for each name.
  private func index(of images: [Image]) -> ImageIndex {
    var entries: [Descriptor] = []
    for image in images {
      for reference in image.references.isEmpty ? [nil] : image.references.map(Optional.some) {
        var entry = image.manifest
        entry.annotations = [:]
        if let reference {
          entry.annotations[ImageAnnotation.imageName] = reference.full
          entry.annotations[ImageAnnotation.referenceName] = reference.tag
        }
        entries.append(entry)
      }
    }
    return ImageIndex(manifests: entries)
  }

  private func collect(
    _ descriptor: Descriptor, _ references: [ImageReference], _ blobs: inout [Digest: Int64],
    _ docker: inout [DockerArchiveImage], depth: Int
  ) throws(Failure) {
    if depth > 4 {
      throw Failure("save", "\(descriptor.digest)", reason: "indexes lie too deep in one another")
    }
    blobs[descriptor.digest] = descriptor.size
    let text = try store.read(descriptor.digest, limit: limit)
    if MediaType.isIndex(descriptor.mediaType) {
      let index = try parsing("\(descriptor.digest)") { () throws(SpecError) in
        try ImageIndex(json: JSONDocument(text, name: "the index").root)
      }
      // Of the platforms those that were pulled.
      for manifest in index.manifests where store.blobSize(manifest.digest) == manifest.size {
        try collect(manifest, references, &blobs, &docker, depth: depth + 1)
      }
      return
    }
    let manifest = try parsing("\(descriptor.digest)") { () throws(SpecError) in
      try ImageManifest(json: JSONDocument(text, name: "the manifest").root)
    }
    for content in [manifest.config] + manifest.layers { blobs[content.digest] = content.size }
    let path = { (digest: Digest) in "blobs/sha256/" + digest.hex }
    let tags = references.filter { $0.tag != nil }.map { $0.familiarName + ":" + $0.tag! }
    if let known = docker.firstIndex(where: { $0.config == path(manifest.config.digest) }) {
      docker[known].repoTags += tags.filter { !docker[known].repoTags.contains($0) }
    } else {
      docker.append(
        DockerArchiveImage(
          config: path(manifest.config.digest), repoTags: tags,
          layers: manifest.layers.map { path($0.digest) }))
    }
  }

  private func copy(_ digest: Digest, _ size: Int64, to writer: TarWriter) throws(Failure) {
    let file = try store.open(digest)
    var status = stat()
    guard fstat(file.raw, &status) == 0, Int64(status.st_size) == size else {
      throw Failure("save", "\(digest)", reason: "it has not the \(size) bytes that it must have")
    }
    var header = TarHeader(path: Array("blobs/sha256/\(digest.hex)".utf8), kind: .file)
    header.size = size
    try writer.header(header)
    let source = DescriptorSource(file.raw, "\(digest)")
    let buffer = Buffer(1 << 18)
    var left = size
    while left > 0 {
      let got = try source.read(into: buffer.bytes)
      if got == 0 || Int64(got) > left {
        throw Failure("save", "\(digest)", reason: "it has changed meanwhile")
      }
      try writer.data(UnsafeRawBufferPointer(buffer.bytes[..<got].rebased))
      left -= Int64(got)
    }
  }
}

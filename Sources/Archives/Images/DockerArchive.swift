import Images
import OCISpec
import Runtime

/// An entry of a docker-archive's `manifest.json`. Source: moby's image/spec/v1.2.md.
struct DockerArchiveImage: JSONReadable, JSONWritable {
  var config: String
  var repoTags: [String]
  var layers: [String]

  init(config: String, repoTags: [String], layers: [String]) {
    self.config = config
    self.repoTags = repoTags
    self.layers = layers
  }

  init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      config: object.required("Config").string(), repoTags: object.strings("RepoTags"),
      layers: object.strings("Layers"))
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("Config", config)
      writer.name("RepoTags")
      if repoTags.isEmpty {
        writer.null()
      } else {
        writer.array { writer in for tag in repoTags { writer.string(tag) } }
      }
      writer.name("Layers")
      writer.array { writer in for layer in layers { writer.string(layer) } }
    }
  }

  static func read(_ text: [UInt8], _ name: String) throws(Failure) -> [DockerArchiveImage] {
    try parsing(name) { () throws(SpecError) in
      try JSONDocument(text, name: "manifest.json").root.array { (image) throws(SpecError) in
        try DockerArchiveImage(json: image)
      }
    }
  }
}

/// Makes the error of a text that of its archive.
func parsing<Value>(_ name: String, _ body: () throws(SpecError) -> Value) throws(Failure) -> Value {
  do throws(SpecError) {
    return try body()
  } catch {
    throw Failure("load", name, reason: error.description)
  }
}

/// Images of archives that have no OCI index: a manifest is made for each.
struct DockerArchive<Store: BlobStore> {
  let store: Store
  let limits: ImageArchiveLimits
  let name: String

  func images(_ manifest: [UInt8], _ found: ArchiveContents) throws(Failure) -> [LoadedImage] {
    var images: [LoadedImage] = []
    for image in try DockerArchiveImage.read(manifest, name) {
      var references: [ImageReference] = []
      for tag in image.repoTags { references.append(try ImageReference(tag).tagged) }
      images.append(LoadedImage(manifest: try manifestOf(image, found), references: references))
    }
    if images.isEmpty { throw Failure("load", name, reason: "its manifest.json names no image") }
    return images
  }

  private func missing(_ path: String) -> Failure {
    Failure("load", name, reason: "manifest.json names \(EntryPath.text(path.utf8)), which is not there")
  }

  private func manifestOf(_ image: DockerArchiveImage, _ found: ArchiveContents) throws(Failure) -> Descriptor
  {
    guard let blob = found.blob(image.config) else { throw missing(image.config) }
    let text = try store.read(blob.digest, limit: limits.text)
    let config = try parsing("\(name): \(image.config)") { () throws(SpecError) in
      try ImageConfig(json: JSONDocument(text, name: "the configuration").root)
    }
    if config.diffIDs.count != image.layers.count {
      throw Failure(
        "load", name,
        reason:
          "\(image.config) tells of \(config.diffIDs.count) layers, manifest.json of \(image.layers.count)")
    }
    var layers: [Descriptor] = []
    for (path, diffID) in zip(image.layers, config.diffIDs) {
      guard let layer = found.blob(path) else { throw missing(path) }
      let compression = try form(of: layer, path)
      if compression == .none && layer.digest != diffID {
        throw Failure(
          "load", "\(name): \(path)",
          reason: "its digest is \(layer.digest), the configuration says \(diffID)")
      }
      let types: [MediaType.Compression: String] = [
        .none: MediaType.layer, .gzip: MediaType.layerGzip, .zstd: MediaType.layerZstd,
      ]
      layers.append(Descriptor(mediaType: types[compression]!, digest: layer.digest, size: layer.size))
    }
    let manifest = ImageManifest(
      config: Descriptor(mediaType: MediaType.config, digest: blob.digest, size: blob.size), layers: layers)
    let written = manifest.json()
    let descriptor = Descriptor(
      mediaType: MediaType.manifest, digest: StreamDigest.digest(of: written), size: Int64(written.count))
    if let writer = try store.begin(descriptor) {
      try written.withBytes { (bytes) throws(Failure) in try writer.write(bytes) }
      try writer.finish(descriptor.digest)
    }
    return descriptor
  }

  private func form(of blob: ArchiveContents.Blob, _ path: String) throws(Failure) -> MediaType.Compression {
    if let known = blob.compression { return known }
    // It was in the store before.
    let file = try store.open(blob.digest)
    let beginning = Buffer(MediaType.Compression.magicSize)
    let got = try DescriptorSource(file.raw, path).fill(beginning.bytes)
    return try MediaType.Compression.of(UnsafeRawBufferPointer(beginning.bytes[..<got].rebased), path)
  }
}

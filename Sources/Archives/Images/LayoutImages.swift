import Glibc
import Images
import OCISpec
import Runtime

/// Images of an OCI layout whose contents are in the store.
struct LayoutImages<Store: BlobStore> {
  let store: Store
  let limits: ImageArchiveLimits
  let name: String

  func images(
    _ index: [UInt8], _ dockerManifest: [UInt8]?, _ found: ArchiveContents
  ) throws(Failure) -> [LoadedImage] {
    let entries = try parsing(name) { () throws(SpecError) in
      try ImageIndex(json: JSONDocument(index, name: "index.json").root).manifests
    }
    var images: [LoadedImage] = []
    for entry in entries {
      guard try isComplete(entry, depth: 0) else {
        throw Failure("load", name, reason: "index.json names \(entry.digest), which is not all there")
      }
      let reference = try ImageAnnotation.reference(entry.annotations)
      if let known = images.firstIndex(where: { $0.manifest.digest == entry.digest }) {
        if let reference { images[known].references.append(reference) }
        continue
      }
      // The annotations are the archive's, not the image's.
      var manifest = entry
      manifest.annotations = [:]
      images.append(LoadedImage(manifest: manifest, references: reference.map { [$0] } ?? []))
    }
    if images.isEmpty { throw Failure("load", name, reason: "its index.json names no image") }
    if let dockerManifest { try addTags(dockerManifest, found, to: &images) }
    for index in images.indices {
      var seen: Set<ImageReference> = []
      images[index].references.removeAll { !seen.insert($0).inserted }
    }
    return images
  }

  private func text(_ descriptor: Descriptor) throws(Failure) -> JSONNode {
    let text = try store.read(descriptor.digest, limit: limits.text)
    return try parsing("\(name): \(descriptor.digest)") { () throws(SpecError) in
      try JSONDocument(text, name: "the manifest").root
    }
  }

  /// Whether an image's contents are all there; of an index those of one platform at least.
  private func isComplete(_ descriptor: Descriptor, depth: Int) throws(Failure) -> Bool {
    guard depth < 4, store.blobSize(descriptor.digest) == descriptor.size else { return false }
    let node = try text(descriptor)
    if MediaType.isIndex(descriptor.mediaType) {
      let index = try parsing("\(name): \(descriptor.digest)") { () throws(SpecError) in
        try ImageIndex(json: node)
      }
      for manifest in index.manifests where try isComplete(manifest, depth: depth + 1) { return true }
      return false
    }
    let manifest = try parsing("\(name): \(descriptor.digest)") { () throws(SpecError) in
      try ImageManifest(json: node)
    }
    return ([manifest.config] + manifest.layers).allSatisfy { store.blobSize($0.digest) == $0.size }
  }

  /// The names that `manifest.json` has for images, told apart by their configurations.
  private func addTags(
    _ dockerManifest: [UInt8], _ found: ArchiveContents, to images: inout [LoadedImage]
  ) throws(Failure) {
    var configs: [Digest: Int] = [:]
    for (index, image) in images.enumerated() where MediaType.isManifest(image.manifest.mediaType) {
      let node = try text(image.manifest)
      let manifest = try parsing(name) { () throws(SpecError) in try ImageManifest(json: node) }
      configs[manifest.config.digest] = index
    }
    for image in try DockerArchiveImage.read(dockerManifest, name) {
      guard let blob = found.blob(image.config), let index = configs[blob.digest] else { continue }
      for tag in image.repoTags { images[index].references.append(try ImageReference(tag).tagged) }
    }
  }
}

/// An OCI layout that is a folder: what its index reaches is copied.
struct LayoutFolder<Store: BlobStore>: ~Copyable {
  let folder: OwnedFD
  let path: String
  let store: Store
  let limits: ImageArchiveLimits

  static func text(_ file: String, in folder: CInt, _ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let opened = try open(file, in: folder, path)
    return try Files.read(opened.raw, path + "/" + file, limit: limit)
  }

  private static func open(_ file: String, in folder: CInt, _ path: String) throws(Failure) -> OwnedFD {
    let opened = try Files.open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, in: folder)
    var status = stat()
    guard fstat(opened.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Failure("read", path + "/" + file, reason: "it is no file")
    }
    return opened
  }

  func copyAll(of index: [UInt8]) throws(Failure) {
    let entries = try parsing(path) { () throws(SpecError) in
      try ImageIndex(json: JSONDocument(index, name: "index.json").root).manifests
    }
    for entry in entries { try copy(entry, depth: 0) }
  }

  /// A manifest or an index, and what it reaches. What is not there is told by who looks whether all is.
  private func copy(_ descriptor: Descriptor, depth: Int) throws(Failure) {
    guard depth < 4, try copyBlob(descriptor) else { return }
    let text = try store.read(descriptor.digest, limit: limits.text)
    if MediaType.isIndex(descriptor.mediaType) {
      let index = try parsing("\(path): \(descriptor.digest)") { () throws(SpecError) in
        try ImageIndex(json: JSONDocument(text, name: "the index").root)
      }
      for manifest in index.manifests { try copy(manifest, depth: depth + 1) }
    } else if MediaType.isManifest(descriptor.mediaType) {
      let manifest = try parsing("\(path): \(descriptor.digest)") { () throws(SpecError) in
        try ImageManifest(json: JSONDocument(text, name: "the manifest").root)
      }
      for content in [manifest.config] + manifest.layers { _ = try copyBlob(content) }
    }
  }

  /// - Returns: whether it is in the store now.
  private func copyBlob(_ descriptor: Descriptor) throws(Failure) -> Bool {
    let file = "blobs/sha256/" + descriptor.digest.hex
    let opened: OwnedFD
    do throws(Failure) {
      opened = try Self.open(file, in: folder.raw, path)
    } catch {
      if error.errno == ENOENT { return store.blobSize(descriptor.digest) == descriptor.size }
      throw error
    }
    guard let writer = try store.begin(descriptor) else { return true }
    let source = DescriptorSource(opened.raw, path + "/" + file)
    let buffer = Buffer(1 << 18)
    var digest = StreamDigest()
    while true {
      let got = try source.read(into: buffer.bytes)
      if got == 0 { break }
      let bytes = UnsafeRawBufferPointer(buffer.bytes[..<got].rebased)
      digest.update(bytes)
      if digest.count > descriptor.size { break }
      try writer.write(bytes)
    }
    if digest.count != descriptor.size {
      throw Failure(
        "load", path + "/" + file, reason: "it has not the \(descriptor.size) bytes that it must have")
    }
    do throws(Failure) {
      try writer.finish(digest.digest())
    } catch {
      throw Failure("load", path + "/" + file, reason: error.description)
    }
    return true
  }
}

import Glibc
import Images
import OCISpec
import Runtime

/// Reads an archive of images as it comes, from a pipe as well: what `docker save` writes today (an OCI layout that is
/// a docker-archive too), the older form with a folder for each layer, and OCI layouts alone; plain, or compressed as a
/// whole. Contents go into a store while they are read, and are checked there; what holds them together is looked at
/// when all are there, since it may come last.
///
/// Sources: image-spec 1.1, image-layout.md; "Combined Image JSON + Filesystem Changeset Format" in moby's
/// image/spec/v1.2.md.
public final class ImageArchiveReader<Store: BlobStore> {
  private let store: Store
  private let name: String
  private let limits: ImageArchiveLimits
  private var found = ArchiveContents()

  /// - Parameter name: what errors call the archive.
  public init(into store: Store, name: String, limits: ImageArchiveLimits = ImageArchiveLimits()) {
    self.store = store
    self.name = name
    self.limits = limits
  }

  /// Reads an archive to its end.
  ///
  /// The store must be held for adding.
  public func read(_ source: any ByteSource) throws(Failure) -> [LoadedImage] {
    var unpacking = UnpackLimits()
    unpacking.bytes = limits.bytes
    let stream = CheckedStream(RareCompression(source, name), name, unpacking)
    let archive = try TarReader(stream, name)
    var entries = 0
    while let entry = try archive.next() {
      entries += 1
      if entries > limits.entries {
        throw Failure("load", name, reason: "more than \(limits.entries) entries")
      }
      try take(entry, from: archive, unpacking)
    }
    // So that who writes into a pipe can do so to the end.
    try stream.drain()
    return try images()
  }

  /// Reads an OCI layout that is a folder.
  public func read(folder path: String) throws(Failure) -> [LoadedImage] {
    let folder = try Files.open(path, O_RDONLY | O_DIRECTORY)
    let index = try LayoutFolder<Store>.text("index.json", in: folder.raw, path, limit: limits.text)
    found.index = index
    let copy = LayoutFolder(folder: folder, path: path, store: store, limits: limits)
    try copy.copyAll(of: index)
    return try images()
  }

  private func images() throws(Failure) -> [LoadedImage] {
    if let index = found.index {
      return try LayoutImages(store: store, limits: limits, name: name).images(
        index, found.dockerManifest, found)
    }
    guard let manifest = found.dockerManifest else {
      throw Failure(
        "load", name, reason: "it has neither an index.json nor a manifest.json",
        hint: "an archive of a root file system is for import")
    }
    return try DockerArchive(store: store, limits: limits, name: name).images(manifest, found)
  }

  // MARK: - Entries

  private func take(_ entry: TarEntry, from archive: TarReader, _ limits: UnpackLimits) throws(Failure) {
    let path = EntryPath.text(try EntryPath.clean(entry.name, limits))
    let bytes = try EntryPath.clean(entry.name, limits)
    if let target = entry.hardLink {
      found.links[path] = EntryPath.text(try EntryPath.clean(target, limits))
      return
    }
    switch entry.kind {
    case S_IFDIR: return
    case S_IFLNK:
      guard let text = entry.linkText else { return }
      found.links[path] =
        Files.clean("/" + EntryPath.text(EntryPath.parent(of: bytes)) + "/" + EntryPath.text(text))
        .dropFirst().description
      return
    case S_IFREG: break
    default: throw Failure("load", "\(name): \(path)", reason: "neither a file, a folder nor a link")
    }
    switch path {
    case "index.json": try take(&found.index, path, entry, archive)
    case "manifest.json": try take(&found.dockerManifest, path, entry, archive)
    // Older engines' own, which says nothing that the others do not say.
    case "oci-layout", "repositories": return
    default:
      let last = String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
      if path.contains("/") && (last == "json" || last == "VERSION") { return }
      try takeBlob(path, entry, archive)
    }
  }

  private func take(
    _ text: inout [UInt8]?, _ path: String, _ entry: TarEntry, _ archive: TarReader
  ) throws(Failure) {
    if text != nil { throw Failure("load", "\(name): \(path)", reason: "it is there twice") }
    text = try archive.text(entry, limit: limits.text)
  }

  private func takeBlob(_ path: String, _ entry: TarEntry, _ archive: TarReader) throws(Failure) {
    let prefix = "blobs/sha256/"
    var expected: Digest?
    if path.hasPrefix("blobs/") {
      guard path.hasPrefix(prefix), let digest = Digest("sha256:" + path.dropFirst(prefix.count)) else {
        throw Failure("load", "\(name): \(path)", reason: "its name is no SHA-256")
      }
      expected = digest
    }
    let blob = expected.map { Descriptor(mediaType: "", digest: $0, size: entry.size) }
    guard let writer = try store.begin(blob) else {
      if let blob {
        found.blobs[path] = ArchiveContents.Blob(digest: blob.digest, size: blob.size, compression: nil)
      }
      return
    }
    var digest = StreamDigest()
    var beginning: [UInt8] = []
    while let (bytes, offset) = try archive.data() {
      if offset != digest.count { throw Failure("load", "\(name): \(path)", reason: "it has holes") }
      if beginning.count < MediaType.Compression.magicSize {
        beginning += bytes.prefix(MediaType.Compression.magicSize - beginning.count)
      }
      digest.update(bytes)
      try writer.write(bytes)
    }
    if digest.count != entry.size { throw Failure("load", "\(name): \(path)", reason: "it has holes") }
    do throws(Failure) {
      try writer.finish(digest.digest())
    } catch {
      throw Failure("load", "\(name): \(path)", reason: error.description)
    }
    let compression = try? beginning.withBytes { (bytes) throws(Failure) in
      try MediaType.Compression.of(bytes, path)
    }
    found.blobs[path] = ArchiveContents.Blob(
      digest: digest.digest(), size: digest.count, compression: compression)
  }
}

/// What an archive had.
struct ArchiveContents {
  struct Blob {
    let digest: Digest
    let size: Int64
    /// Nil where that is not known.
    let compression: MediaType.Compression?
  }

  var index: [UInt8]?
  var dockerManifest: [UInt8]?
  var blobs: [String: Blob] = [:]
  /// What links lead to, from the archive's root on.
  var links: [String: String] = [:]

  /// The content of a name, links followed.
  func blob(_ name: String) -> Blob? {
    var name = Files.clean("/" + name).dropFirst().description
    for _ in 0..<8 {
      if let blob = blobs[name] { return blob }
      guard let next = links[name] else { return nil }
      name = next
    }
    return nil
  }
}

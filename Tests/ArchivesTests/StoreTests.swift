import Glibc
import Images
import OCISpec
import Runtime
import Testing

@testable import Archives

/// A pull's way through both rooms, without the network.
@Suite struct StoreTests {
  private static func unpack(
    _ archive: [UInt8], _ store: ImageStore, into draft: borrowing LayerDraft
  ) throws -> (Digest, UnpackedLayer) {
    let bytes = try Scratch.compressed(archive, .gzip)
    let digest = StreamDigest.digest(of: bytes)
    let begun = try store.begin(
      Descriptor(mediaType: MediaType.layerGzip, digest: digest, size: Int64(bytes.count)))
    let writer = try #require(begun)
    let unpacker = try LayerUnpacker(into: draft.folder.raw, name: "\(digest)")
    try bytes.withBytes { (bytes) throws(Failure) in
      try writer.write(bytes)
      try unpacker.write(bytes)
    }
    try writer.finish(digest)
    return (digest, try unpacker.finish())
  }

  /// The upper one is unpacked first, and finished last.
  @Test func layersInTheirStore() throws {
    let scratch = Scratch()
    let store = ImageStore(images: scratch.path + "/images", layers: scratch.path + "/layers")
    let lower = TarBytes { tar in
      tar.folder("etc", mode: 0o711)
      tar.file("etc/one", "1")
      tar.file("etc/two", "2")
    }.whole
    let upper = TarBytes { tar in
      tar.file("etc/.wh.one")
      tar.hardLink("etc/three", to: "etc/two")
    }.whole
    let chains = ImageStore.chainIDs(of: [lower, upper].map { StreamDigest.digest(of: $0) })
    let lock = try store.hold(.adding)
    guard let upperDraft = try store.layers.begin(chains[1]),
      let lowerDraft = try store.layers.begin(chains[0])
    else {
      Issue.record("the layers are there")
      return
    }
    let (upperDigest, upperLayer) = try Self.unpack(upper, store, into: upperDraft)
    let (lowerDigest, lowerLayer) = try Self.unpack(lower, store, into: lowerDraft)
    try lowerLayer.rest.complete(in: lowerDraft.folder.raw, above: [])
    try lowerDraft.publish(diffID: lowerLayer.diffID, digest: lowerDigest, size: lowerLayer.size, parent: nil)
    try upperLayer.rest.complete(in: upperDraft.folder.raw, above: [store.layers.path(of: chains[0])])
    try upperDraft.publish(
      diffID: upperLayer.diffID, digest: upperDigest, size: upperLayer.size, parent: chains[0])
    lock.release()
    let top = store.layers.path(of: chains[1])
    #expect(String(decoding: try Files.read(top + "/etc/three"), as: UTF8.self) == "2")
    var status = stat()
    #expect(stat(top + "/etc", &status) == 0 && status.st_mode & 0o7777 == 0o711)
    #expect(try store.layers.lowerFolders(of: chains).names.count == 2)
  }
}

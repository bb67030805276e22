import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

/// A file system of a few pages. Only root can make one.
@Suite(.enabled(if: geteuid() == 0)) struct FullDiskTests {
  final class SmallDisk {
    let folder: String
    let store: ImageStore

    init(pages: Int) throws {
      var template = Array("/tmp/swiftainer-images-XXXXXX".utf8CString)
      folder = String(cString: mkdtemp(&template)!)
      store = ImageStore(images: folder + "/images", layers: folder + "/layers")
      try #require(mount("tmpfs", folder, "tmpfs", 0, "size=\(pages * 4096)") == 0)
    }

    deinit {
      umount2(folder, CInt(MNT_DETACH))
      rmdir(folder)
    }
  }

  @Test func aContentThatDoesNotFit() throws {
    let disk = try SmallDisk(pages: 8)
    let text = String(repeating: "x", count: 100_000)
    let wanted = Descriptor(
      mediaType: MediaType.layer, digest: ShortHash.digest(of: text.utf8), size: Int64(text.utf8.count))
    for _ in 0..<3 {
      var failure: Failure?
      do {
        var ingest = try some(disk.store.ingest(wanted))
        // What an earlier one has left would be in the way of everybody else.
        #expect(ingest.size == 0)
        do throws(Failure) { try ingest.write(text) } catch { failure = error }
      }
      #expect(failure?.errno == ENOSPC)
      #expect(failure?.description == "write \(wanted.digest): no space left on device")
      #expect(Files.names(in: disk.folder + "/images/ingest").isEmpty)
      #expect(!disk.store.contains(wanted.digest))
    }
    // There is room for something smaller.
    #expect(try disk.store.add(Array("{}".utf8), mediaType: MediaType.config).size == 2)
  }

  @Test func aTextThatDoesNotFit() throws {
    let disk = try SmallDisk(pages: 8)
    let text = Array(repeating: UInt8(ascii: " "), count: 100_000)
    let failure = #expect(throws: Failure.self) { try disk.store.add(text, mediaType: MediaType.config) }
    #expect(failure?.errno == ENOSPC)
    #expect(Files.names(in: disk.folder + "/images/ingest").isEmpty)
    #expect(Files.names(in: disk.folder + "/images/blobs/sha256").isEmpty)
  }

  @Test func aNameThatDoesNotFit() throws {
    let disk = try SmallDisk(pages: 16)
    let store = disk.store
    let config = try store.add(ImageConfig(architecture: "amd64").json(), mediaType: MediaType.config)
    let manifest = try store.add(
      ImageManifest(config: config, layers: []).json(), mediaType: MediaType.manifest)
    try store.tag(ImageReference("a"), manifest)
    let before = try Files.read(store.indexFile)
    // Somebody else fills the disk.
    try fill(disk.folder + "/filler")
    let failure = #expect(throws: Failure.self) { try store.tag(ImageReference("b"), manifest) }
    #expect(failure?.errno == ENOSPC)
    #expect(try Files.read(store.indexFile) == before)
    #expect(Files.names(in: store.drafts).isEmpty)
    #expect(try store.find("a").id == config.digest)
    // First: a child that was just forked may have a copy of its descriptor, and would keep its pages.
    truncate(disk.folder + "/filler", 0)
    unlink(disk.folder + "/filler")
    try store.tag(ImageReference("b"), manifest)
    #expect(try store.tags().count == 2)
  }

  private func fill(_ path: String) throws {
    let file = try Files.open(path, O_WRONLY | O_CREAT)
    var page = [UInt8](repeating: 1, count: 4096)
    while write(file.raw, &page, 4096) > 0 {}
  }

  @Test func aLayerThatDoesNotFit() throws {
    let disk = try SmallDisk(pages: 16)
    for _ in 0..<2 {
      do {
        let draft = try some(disk.store.layers.begin(digest("a")))
        let failure = #expect(throws: Failure.self) {
          try Files.replace(draft.path + "/file", [UInt8](repeating: 1, count: 100_000))
        }
        #expect(failure?.errno == ENOSPC)
      }
      #expect(Files.names(in: disk.folder + "/layers") == ["l"])
    }
  }
}

import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

@Suite struct CheckTests {
  private let scratch = StoreScratch()
  private var store: ImageStore { scratch.store }

  private func leftovers(_ users: [Digest: [ImageUser]] = [:]) throws -> [StoreLeftover] {
    try store.leftovers { users }
  }

  /// Repairs all, and sees that nothing is left to be repaired.
  private func mend(_ users: [Digest: [ImageUser]] = [:]) throws -> [String] {
    let found = try leftovers(users)
    for leftover in found { try leftover.repair?() }
    return found.map(\.text)
  }

  @Test func allIsWell() throws {
    #expect(try leftovers().isEmpty)
    try scratch.make("a", layers: ["x", "y"])
    try scratch.make(layers: ["x", "z"])
    #expect(try leftovers().isEmpty)
  }

  @Test func whatTheKilledLeave() throws {
    let image = try scratch.make("a", layers: ["x"])
    let (images, layers) = (scratch.folder + "/images", scratch.folder + "/layers")
    try Files.replace(images + "/ingest/" + digest("1").hex, [1, 2, 3])
    try Files.replace(images + "/ingest/~abc", [1])
    try Files.makeFolders(layers + "/.new-" + digest("2").hex + "/fs/a")
    try Files.makeFolders(layers + "/.old-" + digest("3").hex + "/fs/a")
    #expect(symlink("../" + digest("3").hex + "/fs", layers + "/l/abcdef") == 0)
    // Contents whose tag was never written.
    _ = try scratch.add("unneeded")
    try scratch.unpack(digest("4"), diffID: digest("4"), parent: nil, text: "x")
    let texts = try mend()
    #expect(texts.count == 6)
    #expect(texts.filter { $0.contains("cut short") }.count == 4)
    #expect(
      texts.last == "\(images): 1 files and 1 layers (9 bytes) of no image")
    #expect(try leftovers().isEmpty)
    #expect(scratch.names("images/ingest").isEmpty)
    #expect(scratch.names("layers") == [image.chainIDs[0].hex, "l"])
    #expect(scratch.names("layers/l").count == 1)
    #expect(try store.find("a").isUnpacked)
  }

  @Test func whatSomebodyIsAtIsLeftOut() throws {
    try scratch.make("a", layers: ["x"])
    var ingest = try store.ingest()
    try ingest.write("text")
    let draft = try some(store.layers.begin(digest("1")))
    // Even of one who has not taken the store.
    #expect(try leftovers().isEmpty)
    #expect(try store.collect(users: nobody) == Collected())
    try ingest.finish(ShortHash.digest(of: "text".utf8))
    try draft.publish(diffID: digest("1"), digest: digest("1"), size: 1, parent: nil)
    #expect(try leftovers().count == 1)
    let lock = try scratch.other.hold(.adding)
    #expect(try leftovers().isEmpty)
    lock.release()
  }

  @Test func aDamagedIndex() throws {
    let image = try scratch.make("a", layers: ["x"])
    try Files.replace(store.indexFile, Array("{\"sch".utf8))
    let texts = try mend()
    #expect(texts.count == 1 && texts[0].contains(store.indexFile))
    #expect(try leftovers().isEmpty)
    // Its name is lost, and nothing else.
    let found = try store.find(image.id.hex)
    #expect(found.isDangling && found.isUnpacked && store.contains(found.layers[0]))
    unlink(store.indexFile)
    #expect(try mend().count == 1)
    #expect(try store.all().count == 1)
  }

  @Test func aTruncatedLayer() throws {
    let image = try scratch.make("a", layers: ["x"])
    let path = store.path(of: image.layers[0].digest)
    truncate(path, 2)
    #expect(
      try mend() == [
        "image a:latest: its layer \(image.layers[0].digest) has 2 bytes instead of 8; pull it again"
      ])
    #expect(!Files.exists(path))
    #expect(
      try mend() == ["image a:latest: its layer \(image.layers[0].digest) is not there; pull it again"])
    // As the pull does.
    _ = try scratch.add("packed x")
    #expect(try leftovers().isEmpty)
  }

  @Test func aDamagedManifest() throws {
    let image = try scratch.make("a", layers: ["x"])
    try scratch.make("b", layers: ["y"])
    truncate(store.path(of: image.manifest.digest), 0)
    let texts = try mend()
    #expect(texts[0].hasPrefix("image a:latest: read \(image.manifest.digest): it has 0 bytes instead of"))
    _ = try mend()
    #expect(try leftovers().isEmpty)
    #expect(try store.all().map { $0.references[0].familiar } == ["b:latest"])
    #expect(!store.contains(image.manifest.digest))
  }

  @Test func aDamagedLayerThatIsUnpacked() throws {
    let image = try scratch.make("a", layers: ["x"])
    let file = StoredLayer.file(store.layers.folder(of: image.chainIDs[0]))
    try Files.replace(file, Array("{}".utf8))
    // A container runs on it.
    let users = [image.id: [ImageUser(container: "c", isRunning: true)]]
    let found = try leftovers(users)
    #expect(found.count == 1 && found[0].repair == nil && found[0].text.contains(file))
    #expect(try mend().count == 1)
    #expect(!store.layers.contains(image.chainIDs[0]))
    #expect(try leftovers().isEmpty)
  }

  @Test func theMachineWentDown() throws {
    let image = try scratch.make("a", layers: ["x"])
    let mark = store.layers.folder(of: image.chainIDs[0]) + "/unsettled"
    try Files.replace(mark, Array("another".utf8))
    #expect(!image.isUnpacked)
    #expect(
      try mend() == [
        "\(store.layers.path(of: image.chainIDs[0])): the machine went down while the layer was unpacked"
      ])
    #expect(!Files.exists(store.layers.folder(of: image.chainIDs[0])))
  }

  @Test func containersKeepWhatNothingTellsOf() throws {
    let image = try scratch.make("a", layers: ["x"])
    let users = [image.id: [ImageUser(container: "c", isRunning: true)]]
    // Somebody has emptied the index.
    try store.writeIndex(ImageIndex(manifests: []))
    _ = try store.collect(users: { users })
    #expect(image.isUnpacked && store.contains(image.id))
    // And the configuration is gone: any layer may be the container's.
    unlink(store.path(of: image.id))
    _ = try store.collect(users: { users })
    #expect(image.isUnpacked)
    #expect(try store.collect(users: nobody)?.layers == 1)
  }

  @Test func aDamagedManifestKeepsNobodyElseFromCollecting() throws {
    let image = try scratch.make("a", layers: ["x"])
    let other = try scratch.make("b", layers: ["y"])
    unlink(store.path(of: image.id))
    // Its configuration is gone, and it still says which layers are its.
    _ = try store.remove("b", users: nobody)
    #expect(store.contains(image.layers[0]) && !store.contains(other.layers[0]))
  }
}

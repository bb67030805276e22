import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

@Suite struct RemovalTests {
  private let scratch = StoreScratch()
  private var store: ImageStore { scratch.store }
  private let container = String(repeating: "c", count: 64)

  private func stopped(_ image: StoredImage) -> [Digest: [ImageUser]] {
    [image.id: [ImageUser(container: container, isRunning: false)]]
  }

  private func running(_ image: StoredImage) -> [Digest: [ImageUser]] {
    [image.id: [ImageUser(container: container, isRunning: true)]]
  }

  private func words(
    _ word: String, isForced: Bool = false, _ users: [Digest: [ImageUser]] = [:]
  ) throws -> [String] {
    try store.remove(word, isForced: isForced) { users }.map(\.description)
  }

  private func isEmpty() -> Bool {
    scratch.names("images/blobs/sha256").isEmpty && scratch.names("images/ingest").isEmpty
      && scratch.names("layers") == ["l"] && scratch.names("layers/l").isEmpty
  }

  @Test func theLastNameTakesTheImage() throws {
    let image = try scratch.make("a", layers: ["x", "y"])
    #expect(
      try words("a") == [
        "Untagged: a:latest", "Deleted: \(image.id)", "Deleted: \(image.chainIDs[1])",
        "Deleted: \(image.chainIDs[0])",
      ])
    #expect(isEmpty())
    #expect(try store.readIndex().manifests.isEmpty)
  }

  @Test func anotherNameKeepsTheImage() throws {
    let image = try scratch.make("a", "b", layers: ["x"])
    #expect(try words("a") == ["Untagged: a:latest"])
    #expect(try store.find("b").id == image.id)
    #expect(store.contains(image.layers[0]))
  }

  @Test func theDigestsGoWithTheLastTagOfTheirRepository() throws {
    let image = try scratch.make("a:1", "a:2", layers: ["x"])
    try store.tag(ImageReference("a@\(digest("1"))"), image.manifest)
    #expect(try words("a:1") == ["Untagged: a:1"])
    #expect(
      try words("a:2") == [
        "Untagged: a:2", "Untagged: a@\(digest("1"))", "Deleted: \(image.id)",
        "Deleted: \(image.chainIDs[0])",
      ])
    #expect(isEmpty())
  }

  @Test func layersOfOthersStay() throws {
    let one = try scratch.make("a", layers: ["x", "y"])
    let other = try scratch.make("b", layers: ["x", "z"])
    #expect(one.chainIDs[0] == other.chainIDs[0])
    #expect(try words("a") == ["Untagged: a:latest", "Deleted: \(one.id)", "Deleted: \(one.chainIDs[1])"])
    #expect(other.isUnpacked && other.layers.allSatisfy(store.contains))
    #expect(!store.contains(one.layers[1]) && !store.layers.contains(one.chainIDs[1]))
  }

  @Test func byIDWithAllNamesOfOneRepository() throws {
    let image = try scratch.make("a", layers: ["x"])
    try store.tag(ImageReference("a@\(digest("1"))"), image.manifest)
    #expect(
      try words(image.id.short) == [
        "Untagged: a:latest", "Untagged: a@\(digest("1"))", "Deleted: \(image.id)",
        "Deleted: \(image.chainIDs[0])",
      ])
    #expect(isEmpty())
  }

  @Test func byIDWithSeveralRepositories() throws {
    let image = try scratch.make("a", "b", layers: ["x"])
    let failure = #expect(throws: Failure.self) { try words(image.id.short) }
    #expect(
      failure?.description
        == "conflict: unable to delete \(image.id.short) (must be forced) - image is referenced in multiple repositories"
    )
    #expect(try store.tags().count == 2)
    #expect(
      try words(image.id.short, isForced: true) == [
        "Untagged: a:latest", "Untagged: b:latest", "Deleted: \(image.id)", "Deleted: \(image.chainIDs[0])",
      ])
    #expect(isEmpty())
  }

  @Test func aContainerKeepsIt() throws {
    let image = try scratch.make("a", layers: ["x"])
    for users in [stopped(image), running(image)] {
      let failure = #expect(throws: Failure.self) { try words("a", users) }
      #expect(
        failure?.description
          == "conflict: unable to remove repository reference \"a\" (must force) - container cccccccccccc is using "
          + "its referenced image \(image.id.short)")
    }
    var failure = #expect(throws: Failure.self) { try words(image.id.short, stopped(image)) }
    #expect(
      failure?.description
        == "conflict: unable to delete \(image.id.short) (must be forced) - image is being used by "
        + "stopped container cccccccccccc")
    failure = #expect(throws: Failure.self) { try words(image.id.short, isForced: true, running(image)) }
    #expect(
      failure?.description
        == "conflict: unable to delete \(image.id.short) (cannot be forced) - image is being used "
        + "by running container cccccccccccc")
    #expect(try store.find("a").id == image.id)
  }

  /// The name goes; what the container runs on stays, and is an image without a name.
  @Test func forcedWhileItRuns() throws {
    let image = try scratch.make("a", layers: ["x"])
    #expect(try words("a", isForced: true, running(image)) == ["Untagged: a:latest"])
    #expect(try store.find(image.id.hex).isDangling)
    #expect(image.isUnpacked)
  }

  /// The image is gone for people, and its container still runs on it.
  @Test func forcedWhileItIsStopped() throws {
    let image = try scratch.make("a", layers: ["x"])
    #expect(
      try words("a", isForced: true, stopped(image)) == ["Untagged: a:latest", "Deleted: \(image.id)"])
    #expect(try store.all().isEmpty)
    #expect(try store.lookUp(image.id.hex) == nil)
    #expect(image.isUnpacked && store.contains(image.layers[0]) && store.contains(image.manifest))
    // What comes again is an image again.
    try store.tag(ImageReference("b"), image.manifest)
    #expect(try store.all().count == 1)
    #expect(try words("b", isForced: true, stopped(image)).count == 2)
    // With its container all of it goes.
    let collected = try #require(try store.collect(users: nobody))
    #expect(collected.blobs == 3 && collected.layers == 1)
    #expect(isEmpty())
    #expect(try store.readIndex().manifests.isEmpty)
  }

  @Test func twoManifestsOfOneImage() throws {
    let image = try scratch.make("a", layers: ["x"])
    // The same configuration with an archive of another compression.
    let layer = try scratch.add("packed otherwise", mediaType: MediaType.layerZstd)
    let config = Descriptor(
      mediaType: MediaType.config, digest: image.id, size: try #require(store.size(of: image.id)))
    let twin = try store.add(
      ImageManifest(config: config, layers: [layer]).json(), mediaType: MediaType.manifest)
    try store.tag(ImageReference("b"), twin)
    #expect(try store.all().map { $0.references.map(\.familiar) } == [["a:latest", "b:latest"]])
    #expect(try words("b") == ["Untagged: b:latest"])
    #expect(try words("a").count == 3)
    #expect(isEmpty())
  }

  @Test func nothingOfThatName() throws {
    #expect(throws: Failure.self) { try words("a") }
    try scratch.make("a", layers: ["x"])
    let failure = #expect(throws: Failure.self) { try words("b") }
    #expect(failure?.description == "No such image: b:latest")
  }

  @Test func pruneWhatHasNoName() throws {
    let old = try scratch.make("a", layers: ["x", "old"])
    let used = try scratch.make("a", layers: ["x", "used"])
    try scratch.make("a", layers: ["x", "new"])
    let unnamed = try scratch.make(layers: ["x", "more"])
    let pruned = try store.prune(tagged: false, users: { stopped(used) }, where: { $0.id != unnamed.id })
    #expect(pruned.words == ["Deleted: \(old.id)", "Deleted: \(old.chainIDs[1])"])
    #expect(pruned.size > 3)
    #expect(try store.all().count == 3)
    let rest = try store.prune(tagged: false, users: nobody)
    #expect(Set(rest.words).isSuperset(of: ["Deleted: \(used.id)", "Deleted: \(unnamed.id)"]))
    #expect(try store.all().map { $0.references.map(\.familiar) } == [["a:latest"]])
    #expect(try store.prune(tagged: false, users: nobody) == ImageStore.Pruned())
  }

  @Test func pruneAll() throws {
    try scratch.make("a", "b", layers: ["x"])
    let used = try scratch.make("c", layers: ["y"])
    let pruned = try store.prune(tagged: true, users: { stopped(used) })
    #expect(pruned.words.prefix(2) == ["Untagged: a:latest", "Untagged: b:latest"])
    #expect(try store.all().map(\.id) == [used.id])
    _ = try store.prune(tagged: true, users: nobody)
    #expect(isEmpty())
  }

  /// Docker's: an image whose only names are digests is pruned with them.
  @Test func pruneWhatHasNoTag() throws {
    let image = try scratch.make(layers: ["x"])
    try store.tag(ImageReference("a@\(digest("1"))"), image.manifest)
    #expect(try store.prune(tagged: false, users: nobody).words.first == "Untagged: a@\(digest("1"))")
    #expect(isEmpty())
  }

  @Test func whileSomebodyAddsNothingIsCollected() throws {
    let image = try scratch.make("a", layers: ["x"])
    let lock = try scratch.other.hold(.adding)
    // It goes at once for people, and its files later.
    #expect(try words("a").count == 3)
    #expect(try store.all().isEmpty)
    #expect(store.contains(image.manifest) && image.isUnpacked)
    #expect(try store.collect(users: nobody) == nil)
    lock.release()
    #expect(try store.collect(users: nobody)?.blobs == 3)
    #expect(isEmpty())
  }

  /// Who makes one looks the image up, and holds the store until others can see the container.
  @Test func aContainerThatWasMadeMeanwhileKeepsItsManifest() throws {
    let image = try scratch.make("a", layers: ["x", "y"])
    let lock = try scratch.other.hold(.adding)
    #expect(try store.prune(tagged: true, users: nobody).removed.count == 4)
    lock.release()
    let made = ImageUser(container: container, isRunning: true, manifest: image.manifest.digest)
    #expect(try store.collect(users: { [image.id: [made]] }) == Collected())
    #expect(try store.image(image.manifest).isUnpacked)
    #expect(image.layers.allSatisfy { store.contains($0) })
    _ = try store.collect(users: nobody)
    #expect(isEmpty())
  }

  @Test func whoCannotTellWhoUsesThemRemovesNothing() throws {
    let image = try scratch.make("a", layers: ["x"])
    #expect(throws: Failure.self) { try store.remove("a", isForced: true) { throw Failure("nobody knows") } }
    #expect(throws: Failure.self) { try store.prune(tagged: true) { throw Failure("nobody knows") } }
    #expect(try store.find("a").id == image.id)
  }

  @Test func whoCollectsWaitsForWhoAdds() throws {
    try scratch.make("a", layers: ["x"])
    let store = store
    let lock = try scratch.other.hold(.adding)
    let other = try some(scratch.other.tryHold(.adding))
    let alone = try scratch.other.tryHold(.collecting)
    let isBusy = alone == nil
    #expect(isBusy)
    let collecting = Threads.begin { try? store.collect(users: nobody, waits: true) }
    lock.release()
    other.release()
    #expect(collecting() == Collected())
  }
}
